/** Two processes on one store: what one of them is sending, or has sent, is not sent by the other as well. */
import { expect, test } from '@jest/globals';
import {
  always,
  byHand,
  eachWithOwnOutbox,
  logged,
  notice,
  outboxOver,
  store,
  time,
} from '../test/harness/small-outbox.ts';
import { counting, overtaken } from '../test/harness/storage-wrappers.ts';
import { until } from '../test/harness/until.ts';
import { leaseTime, outboxEntries } from './outbox-store.ts';
import type { WrittenMessage } from './send-queued.ts';

const second = 1_000;

const queued = () => [{ id: 'message-1', message: notice() }];
/** Of a process that is killed, or stands still. */
const noTimers = { after: () => () => undefined };

eachWithOwnOutbox();

test('A-428 a mail that takes five minutes to send leaves once, whatever another process looks for', async () => {
  const { asked, sender } = byHand();
  await outboxOver({ email: sender }).queue(queued());
  await until('it is under way', () => asked.length === 1);
  const others = counting(await store.again());
  const { sent, sender: another } = always();
  outboxOver({ email: another }, { storage: others }).start();
  const entries = (await store.again()).collection(outboxEntries);
  for (let passed = 5; passed <= 300; passed += 5) {
    const looks = others.calls().by['outbox.findBy'] ?? 0;
    time.advance(5 * second);
    const lasts = time.clock.now() + leaseTime;
    await until('the lease is renewed', async () => (await entries.get('message-1'))?.value.leaseUntil === lasts);
    if (passed % 15 === 0)
      await until('the other one has looked', () => (others.calls().by['outbox.findBy'] ?? 0) > looks);
  }
  asked[0]?.answer({ kind: 'sent' });
  await until('it is known as sent', () => logged('message.sent') === 1);
  time.advance(60 * second);
  expect((await entries.get('message-1'))?.value).toMatchObject({ status: 'done', ending: 'sent', tries: 1 });
  expect([asked.length, sent.length]).toEqual([1, 0]);
});

test('A-428 a process that stood still before it handed a mail over leaves it to the one that took it', async () => {
  let goOn: ((written: WrittenMessage) => void) | undefined;
  const stood = always();
  const render = () => new Promise<WrittenMessage>((resolve) => (goOn = resolve));
  const standing = outboxOver({ email: stood.sender }, { render, scheduler: noTimers });
  await standing.queue(queued());
  await until('it is leased', () => goOn !== undefined);
  time.advance(leaseTime);
  const { sent, sender } = always();
  outboxOver({ email: sender }, { storage: await store.again() }).start();
  await until('the other one has sent it', () => logged('message.sent') === 1);
  goOn?.({ subject: 'late', text: 'late' });
  await standing.stop();
  expect([stood.sent.length, sent.length]).toEqual([0, 1]);
});

test('A-428 the store fails when a mail has just left: it is stored as sent afterwards, and does not leave again', async () => {
  const { sent, sender } = always();
  let fails = true;
  const storage = overtaken(store.storage, 'replace', async () => {
    if (fails && sent.length > 0) throw new Error('The store is away.');
  });
  const outbox = outboxOver({ email: sender }, { storage });
  outbox.start();
  await outbox.queue(queued());
  await until('that is told', () => logged('message.interrupted') === 1);
  for (let passed = 0; passed < 60; passed += 1) {
    time.advance(second);
    await new Promise(setImmediate);
  }
  fails = false;
  await until('it is known as sent', () => {
    time.advance(second);
    return logged('message.sent') === 1;
  });
  time.advance(60 * second);
  expect(await outbox.delivery(['message-1'])).toBe('left');
  expect(sent).toHaveLength(1);
});

test('A-428 a mail that a killed process was sending when its dates were changed counts as read by the person', async () => {
  const { asked, sender } = byHand();
  await outboxOver({ email: sender }, { scheduler: noTimers }).queue(queued());
  await until('it is under way', () => asked.length === 1);
  time.advance(leaseTime);
  const givenUp: string[] = [];
  const gate = async () => 'recalled' as const;
  outboxOver(
    { email: always().sender },
    { storage: await store.again(), gate, givenUp: async (id) => void givenUp.push(id) },
  ).start();
  await until('it is recalled', () => logged('message.recalled') === 1);
  expect(givenUp).toEqual([]);
  asked[0]?.answer({ kind: 'sent' });
});
