import { describe, expect, test } from '@jest/globals';
import {
  always,
  byHand,
  code,
  eachWithOwnOutbox,
  lines,
  logged,
  notice,
  outboxOver,
  store,
  time,
  told,
} from '../test/harness/small-outbox.ts';
import type { MailOutcome } from '../adapters/mail/port.ts';
import { until } from '../test/harness/until.ts';
import { waitAfter } from './send-queued.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

eachWithOwnOutbox();

describe('the outbox', () => {
  test('a code is never sent after its end, also when the first try failed shortly before', async () => {
    const { sent, sender } = always({ kind: 'retry', cause: '451' });
    const outbox = outboxOver({ email: sender });
    const item = { id: 'message-1', message: code() };
    await outbox.queue([item]);
    for (let at = 0; at < 40; at++) {
      time.advance(10_000);
      await new Promise(setImmediate);
      await until('nothing is under way', () => logged('message.delayed') === sent.length);
    }
    await until('it is over', () => logged('message.expired') === 1);
    const tries = sent.length;
    expect(tries).toBeGreaterThan(2);
    time.advance(2 * day);
    await outbox.queue([item]);
    await until('it is over again', () => logged('message.expired') === 2);
    expect(sent).toHaveLength(tries);
  });

  test.each([
    [-1, 1],
    [0, 0],
    [1, 0],
  ])('a code that is taken up %i ms from its end is sent %i times', async (offset, times) => {
    const { sent, sender } = always();
    const outbox = outboxOver({ email: sender });
    const message = code();
    time.advance(5 * minute + offset);
    await outbox.queue([{ id: 'message-1', message }]);
    await until('it is decided', () => logged('message.sent') + logged('message.expired') === 1);
    expect(sent).toHaveLength(times);
  });

  test('a notice is given up after five days of tries, and the audit and its sender are told', async () => {
    const { sent, sender } = always({ kind: 'retry', cause: '451' });
    const givenUp: string[] = [];
    const outbox = outboxOver({ email: sender }, { givenUp: async (id) => void givenUp.push(id) });
    await outbox.queue([{ id: 'message-1', message: notice() }]);
    const from = time.clock.now();
    await until('five days of it', async () => {
      time.advance(10 * minute);
      return logged('message.abandoned') === 1;
    });
    expect(time.clock.now() - from).toBeGreaterThanOrEqual(5 * day);
    expect(givenUp).toEqual(['message-1']);
    expect(sent.length).toBeGreaterThan(100);
    expect(sent.length).toBeLessThan(140);
    expect(told.get('message-1.abandoned')?.facts).toMatchObject({ ending: 'abandoned' });
  });

  test('A-430 notices to one address leave in the order in which they were queued; a code and other addresses do not wait', async () => {
    const { asked, sender } = byHand();
    const outbox = outboxOver({ email: sender }, { atOnce: 4 });
    await outbox.queue([
      { id: 'first', message: notice() },
      { id: 'second', message: notice() },
      { id: 'third', message: notice() },
      { id: 'code', message: code() },
      { id: 'other', message: notice({ to: 'an@example.org' }) },
    ]);
    const ids = () => asked.map(({ mail }) => mail.messageId.replace(/<|@.*/g, ''));
    await until('three are being sent', () => asked.length === 3);
    expect(ids().toSorted()).toEqual(['code', 'first', 'other']);
    const answer = (id: string, outcome: MailOutcome) => asked[ids().indexOf(id)]?.answer(outcome);
    answer('first', { kind: 'sent' });
    await until('the second one is being sent', () => asked.length === 4);
    expect(ids()[3]).toBe('second');
    // A notice that has to wait for its next try delays none.
    answer('second', { kind: 'retry', cause: '451' });
    await until('the third one is being sent', () => asked.length === 5);
    expect(ids()[4]).toBe('third');
    let isIdle = false;
    const idle = outbox.idle().then(() => (isIdle = true));
    for (const id of ['code', 'other']) answer(id, { kind: 'sent' });
    await until('two are left', () => logged('message.sent') === 3);
    expect(isIdle).toBe(false);
    answer('third', { kind: 'sent' });
    await idle;
    expect([logged('message.sent'), logged('message.delayed')]).toEqual([4, 1]);
  });

  test('four workers on one store: each message is sent by exactly one', async () => {
    const { sent, sender } = always();
    const outboxes = [outboxOver({ email: sender })];
    for (let at = 0; at < 3; at++) outboxes.push(outboxOver({ email: sender }, { storage: await store.again() }));
    const items = Array.from({ length: 40 }, (_, at) => ({ id: `message-${at}`, message: notice() }));
    await Promise.all(outboxes.map((outbox) => outbox.queue(items)));
    for (const outbox of outboxes) outbox.start();
    await until('all are sent', () => logged('message.sent') === 40);
    time.advance(hour);
    await until('nothing is left', async () => {
      await Promise.all(outboxes.map((outbox) => outbox.stop()));
      return true;
    });
    expect(sent.map((mail) => mail.messageId).sort()).toEqual(
      items.map((item) => `<${item.id}@login.example.org>`).sort(),
    );
  });

  test('D-08 messages of a killed process: those that were not begun are sent; of those that were begun, notices are sent again and codes are not', async () => {
    const first = byHand();
    // A process that is killed renews no lease.
    const scheduler = { after: () => () => undefined };
    const dead = outboxOver({ email: first.sender }, { atOnce: 2, scheduler });
    await dead.queue([
      { id: 'begun-notice', message: notice() },
      { id: 'begun-code', message: code() },
      { id: 'new-notice', message: notice() },
      { id: 'new-code', message: code() },
    ]);
    await until('two are under way', () => first.asked.length === 2);
    const { sent, sender } = always();
    const next = outboxOver({ email: sender }, { storage: await store.again() });
    next.start();
    await until('the new ones leave', () => sent.length === 2);
    expect(sent.map((mail) => mail.messageId.slice(1, 9)).sort()).toEqual(['new-code', 'new-noti']);
    await until('the lease has run out', () => {
      time.advance(5000);
      return logged('message.sent') === 3 && logged('message.unsure') === 1;
    });
    expect(sent[2]?.messageId).toBe('<begun-notice@login.example.org>');
    expect(told.get('begun-code.unsure')?.facts).toMatchObject({ ending: 'unsure', cause: 'interrupted' });
    for (const one of first.asked) one.answer({ kind: 'sent' });
    await new Promise(setImmediate);
    expect(sent).toHaveLength(3);
  });

  test('a connection that broke after the text: a notice goes again, a code does not', async () => {
    const { sent, sender } = always({ kind: 'retry', cause: 'ETIMEDOUT', unsure: true });
    const outbox = outboxOver({ email: sender });
    await outbox.queue([{ id: 'a-code', message: code() }]);
    await until('it is over', () => logged('message.unsure') === 1);
    await outbox.queue([{ id: 'a-notice', message: notice() }]);
    await until('it waits', () => logged('message.delayed') === 1);
    time.advance(minute);
    await until('again', () => logged('message.delayed') === 2);
    expect(sent.map((mail) => mail.messageId.slice(1, 4))).toEqual(['a-c', 'a-n', 'a-n']);
  });

  test('a message whose text cannot be rendered waits, and is sent once it can', async () => {
    const { sent, sender } = always();
    let broken = true;
    const outbox = outboxOver(
      { email: sender },
      {
        render: () => {
          if (broken) throw new Error('no such text');
          return { subject: 's', text: 't' };
        },
      },
    );
    await outbox.queue([{ id: 'message-1', message: notice() }]);
    await until('it waits', () => logged('message.delayed') === 1);
    expect(logged('message.unwritable')).toBe(1);
    broken = false;
    time.advance(minute);
    await until('it is sent', () => sent.length === 1);
  });

  test('a sender that throws is a temporary fault, and the text of its error stays out of the log', async () => {
    let calls = 0;
    const outbox = outboxOver({
      email: {
        async send() {
          calls += 1;
          if (calls === 1) throw new Error('to els.peeters@example.org with password hunter2');
          return { kind: 'sent' };
        },
      },
    });
    await outbox.queue([{ id: 'message-1', message: notice() }]);
    await until('it waits', () => logged('message.delayed') === 1);
    time.advance(minute);
    await until('it is sent', () => logged('message.sent') === 1);
    expect(lines.join('\n')).not.toMatch(/hunter2|els\.peeters/);
  });

  test('a channel without a sender refuses, and the audit says why', async () => {
    const outbox = outboxOver({});
    await outbox.queue([{ id: 'message-1', message: notice({ channel: 'sms', to: '+32470123456' }) }]);
    await until('it is refused', () => logged('message.refused') === 1);
    expect(told.get('message-1.refused')?.facts).toMatchObject({
      destination: '…56',
      cause: 'no sender for this channel',
    });
  });

  test('the audit log cannot be written: the message is not done before it can', async () => {
    let full = true;
    const { sender } = always({ kind: 'refused', cause: '550' });
    const outbox = outboxOver(
      { email: sender },
      {
        audit: async (events) => {
          if (full) throw new Error('full');
          for (const { id, event } of events) told.set(id, event);
        },
      },
    );
    await outbox.queue([{ id: 'message-1', message: notice() }]);
    await until('it is interrupted', () => logged('message.interrupted') === 1);
    full = false;
    time.advance(minute);
    await until('it is refused', () => logged('message.refused') === 1);
    expect([...told.keys()]).toEqual(['message-1.refused']);
  });

  test('stopping waits for running messages and takes no new ones', async () => {
    const { asked, sender } = byHand();
    const outbox = outboxOver({ email: sender }, { atOnce: 1 });
    await outbox.queue([
      { id: 'message-1', message: notice() },
      { id: 'message-2', message: notice() },
    ]);
    await until('one is under way', () => asked.length === 1);
    const first = Promise.race([outbox.stop().then(() => 'stopped'), new Promise((go) => setImmediate(go, 'waiting'))]);
    expect(await first).toBe('waiting');
    asked[0]?.answer({ kind: 'sent' });
    await outbox.stop();
    expect(logged('message.sent')).toBe(1);
    expect(asked).toHaveLength(1);
  });

  test('stopping does not wait for ever', async () => {
    const { asked, sender } = byHand();
    const outbox = outboxOver({ email: sender });
    await outbox.queue([{ id: 'message-1', message: notice() }]);
    await until('one is under way', () => asked.length === 1);
    const stopping = outbox.stop();
    time.advance(5000);
    await expect(stopping).resolves.toBeUndefined();
  });

  test('a thousand queued messages are all sent', async () => {
    const down = always({ kind: 'retry', cause: 'ECONNECTION', server: true });
    const before = outboxOver({ email: down.sender });
    const items = Array.from({ length: 1000 }, (_, at) => ({ id: `message-${at}`, message: notice() }));
    await before.queue(items);
    await before.stop();
    const { sent, sender } = always();
    const outbox = outboxOver({ email: sender }, { storage: await store.again() });
    outbox.start();
    await until('all are sent', async () => {
      time.advance(15_000);
      return new Set(sent.map((mail) => mail.messageId)).size === 1000;
    });
    expect(sent).toHaveLength(1000);
  });
});

test('the waits grow from a quarter of a minute to an hour', () => {
  expect([1, 2, 3, 9, 30].map(waitAfter)).toEqual([15_000, 30_000, minute, hour, hour]);
});
