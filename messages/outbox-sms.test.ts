/** Text messages through the outbox, with the real client of the gateway and a double of the gateway at the wire. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createSecretBox } from '../adapters/secret-box.ts';
import { createTwilioSender } from '../adapters/sms/twilio/twilio-sender.ts';
import { movedTime, type MovedTime } from '../test/harness/moved-time.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { startTwilio, type TwilioAnswer, type TwilioDouble } from '../test/harness/twilio-double.ts';
import { until } from '../test/harness/until.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import type { AuditEvent, OutgoingMessage } from '../accounts/person.ts';

const minute = 60_000;
const to = '+32470123456';
let time: MovedTime;
let store: TemporaryStore;
let double: TwilioDouble;
let outbox: Outbox;
let lines: string[];
let told: AuditEvent[];

beforeEach(async () => {
  time = movedTime();
  store = await temporaryStore(time.clock);
  double = await startTwilio();
  lines = [];
  told = [];
  const { accountSid, authToken, baseUrl } = double;
  outbox = createOutbox({
    storage: store.storage,
    secretBox: createSecretBox(Buffer.alloc(32, 7)),
    clock: time.clock,
    scheduler: time.scheduler,
    senders: { sms: createTwilioSender({ accountSid, authToken, baseUrl, from: '+3225551234', deadline: 500 }) },
    render: ({ data }) => ({
      subject: '',
      text: `${data['code']} is your code.\n\n@login.example.org #${data['code']}`,
    }),
    log: pino({ level: 'trace' }, { write: (line: string) => lines.push(line) }),
    audit: async (events) => {
      told.push(...events.map(({ event }) => event));
    },
  });
});
afterEach(async () => {
  await outbox.stop();
  await double.close();
  await store.close();
  if (double.faults.length > 0) throw new Error(double.faults.join('; '));
});

const code = (): OutgoingMessage => ({
  channel: 'sms',
  to,
  language: 'nl',
  source: 'sms',
  template: 'code',
  data: { code: '884422' },
  queuedAt: time.clock.now(),
  expiresAt: time.clock.now() + 5 * minute,
});
const queue = () => outbox.queue([{ id: 'message-1', message: code() }]);
const logged = () => lines.map((line) => (JSON.parse(line) as { event: string }).event);
const answers = (...list: readonly TwilioAnswer[]) =>
  double.answer((_to, times) => list[Math.min(times, list.length) - 1] ?? { kind: 'accept' });

test('a code leaves at once, line for line', async () => {
  await queue();
  await until('one message', () => double.accepted.length === 1);
  expect(double.accepted[0]).toMatchObject({ to, text: '884422 is your code.\n\n@login.example.org #884422' });
  await until('message.sent', () => logged().includes('message.sent'));
  expect(await outbox.delivery(['message-1'])).toBe('left');
});

describe('D-07 temporary fault: tried again, and the person gets one message', () => {
  test.each<readonly [string, TwilioAnswer]>([
    ['429', { kind: 'error', status: 429, code: 20429 }],
    ['500', { kind: 'error', status: 500, code: 20500 }],
    ['a proxy’s 502', { kind: 'raw', status: 502, body: '<html></html>' }],
    ['our token is wrong', { kind: 'error', status: 401, code: 20003 }],
    ['a full queue', { kind: 'error', status: 400, code: 21611 }],
  ])('%s', async (_name, answer) => {
    answers(answer, { kind: 'accept' });
    await queue();
    await until('message.delayed', () => logged().includes('message.delayed'));
    expect(await outbox.delivery(['message-1'])).toBe('delayed');
    expect(double.accepted).toHaveLength(0);
    time.advance(15_000);
    await until('message.sent', () => logged().includes('message.sent'));
    expect(double.accepted).toHaveLength(1);
    expect(double.requests()).toBe(2);
  });

  test('the next try waits as long as the gateway asks', async () => {
    answers({ kind: 'error', status: 429, code: 20429, retryAfter: '60' }, { kind: 'accept' });
    await queue();
    await until('message.delayed', () => logged().includes('message.delayed'));
    time.advance(45_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(double.requests()).toBe(1);
    time.advance(15_000);
    await until('one message', () => double.accepted.length === 1);
  });

  test('a gateway that is down until the code expires never gets it', async () => {
    answers({ kind: 'error', status: 503 });
    await queue();
    for (let passed = 0; passed < 12; passed += 1) {
      time.advance(30_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await until('message.expired', () => logged().includes('message.expired'));
    answers({ kind: 'accept' });
    const asked = double.requests();
    time.advance(10 * minute);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(double.requests()).toBe(asked);
    expect(double.accepted).toEqual([]);
    expect(await outbox.delivery(['message-1'])).toBe('delayed');
  });
});

describe('D-07 never more than one message for one request', () => {
  test.each<readonly [string, TwilioAnswer, number]>([
    ['the connection breaks after accepting', { kind: 'break-after-accepting' }, 1],
    ['no answer in time', { kind: 'silence' }, 0],
    ['an answer too late', { kind: 'slow', after: 5_000 }, 1],
    ['an answer that is none', { kind: 'raw', status: 201, body: 'ok' }, 0],
  ])('%s: not tried again, and the page says that it may not come', async (_name, answer, accepted) => {
    answers(answer, { kind: 'accept' });
    await queue();
    await until('message.unsure', () => logged().includes('message.unsure'));
    for (let passed = 0; passed < 12; passed += 1) time.advance(30_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(double.requests()).toBe(1);
    expect(double.accepted).toHaveLength(accepted);
    expect(await outbox.delivery(['message-1'])).toBe('delayed');
    expect(told).toMatchObject([{ action: 'message.refused', facts: { ending: 'unsure', destination: '…56' } }]);
  });
});

test.each([21211, 21610, 21614, 21635])('final (%i): once, audited, and the page can say so', async (number) => {
  answers({ kind: 'error', status: 400, code: number });
  await queue();
  await until('message.refused', () => logged().includes('message.refused'));
  time.advance(5 * minute);
  expect(double.requests()).toBe(1);
  expect(await outbox.delivery(['message-1'])).toBe('failed');
  expect(told).toMatchObject([{ facts: { cause: `400 ${number}`, ending: 'refused' } }]);
});

describe('faults that the gateway reports later', () => {
  test.each([30003, 30005, 30006])('undelivered (%i): the page says so some seconds after', async (failure) => {
    double.tellLater(failure);
    await queue();
    await until('message.sent', () => logged().includes('message.sent'));
    expect(await outbox.delivery(['message-1'])).toBe('left');
    time.advance(8_000);
    await until('message.refused', () => logged().includes('message.refused'));
    expect(await outbox.delivery(['message-1'])).toBe('failed');
    expect(told).toMatchObject([{ action: 'message.refused', facts: { cause: `undelivered ${failure}` } }]);
    time.advance(5 * minute);
    expect([double.requests(), double.askedLater()]).toEqual([1, 1]);
  });

  test.each(['delivered', 'nothing'] as const)('%s: asked three times in all, and nothing is said', async (say) => {
    double.tellLater(say);
    await queue();
    await until('message.sent', () => logged().includes('message.sent'));
    for (const [times, wait] of [8_000, 22_000, 60_000].entries()) {
      time.advance(wait - 1);
      expect(double.askedLater()).toBe(times);
      time.advance(1);
      // The answer comes over the network, and only then does the next wait begin.
      await until('it asked', () => {
        time.advance(0);
        return double.askedLater() === times + 1;
      });
    }
    time.advance(10 * minute);
    expect(double.askedLater()).toBe(3);
    expect(await outbox.delivery(['message-1'])).toBe('left');
    expect(told).toEqual([]);
  });

  test('nobody waits any more: no request', async () => {
    double.tellLater(30006);
    await queue();
    await until('message.sent', () => logged().includes('message.sent'));
    await outbox.stop();
    time.advance(10 * minute);
    expect(double.askedLater()).toBe(0);
  });
});

test('a request for the status during sending waits a moment, and no longer', async () => {
  answers({ kind: 'silence' });
  await queue();
  await until('one request', () => double.requests() === 1);
  const asked = outbox.delivery(['message-1']);
  expect(await Promise.race([asked, Promise.resolve('waits')])).toBe('waits');
  time.advance(250);
  expect(await asked).toBe('under-way');
});

test('of several messages the worst status; of an unknown one, none', async () => {
  expect(await outbox.delivery(['gone-long-ago'])).toBe('left');
  expect(await outbox.delivery([])).toBe('left');
  answers({ kind: 'error', status: 400, code: 21211 });
  await queue();
  await until('message.refused', () => logged().includes('message.refused'));
  expect(await outbox.delivery(['gone-long-ago', 'message-1'])).toBe('failed');
});

test('A-023 neither log nor audit has the number, the code, the token', async () => {
  answers({ kind: 'error', status: 401, code: 20003 }, { kind: 'break' }, { kind: 'error', status: 400, code: 21211 });
  await queue();
  await until('message.delayed', () => logged().includes('message.delayed'));
  time.advance(15_000);
  await until('message.unsure', () => logged().includes('message.unsure'));
  const all = JSON.stringify([lines, told]);
  for (const secret of ['884422', '470123456', double.authToken, double.accountSid, 'Basic '])
    expect(all).not.toContain(secret);
});
