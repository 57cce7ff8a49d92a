import { afterEach, describe, expect, test } from '@jest/globals';
import { smsSenderContract, someSms } from '../../../test/contracts/sms-sender.ts';
import { freePort } from '../../../test/harness/free-port.ts';
import { startTarPit } from '../../../test/harness/smtp.ts';
import { startTwilio, type TwilioAnswer, type TwilioDouble } from '../../../test/harness/twilio-double.ts';
import { createTwilioSender, type TwilioSettings } from './twilio-sender.ts';

const settings = ({ accountSid, authToken, baseUrl }: TwilioDouble, over: Partial<TwilioSettings> = {}) => ({
  accountSid,
  authToken,
  baseUrl,
  from: '+3225551234',
  deadline: 3_000,
  ...over,
});

smsSenderContract('twilio', async () => {
  const double = await startTwilio();
  const sender = createTwilioSender(settings(double));
  return {
    sender,
    seen: async () => double.accepted.map(({ to, text }) => ({ to, text })),
    close: async () => {
      await sender.close();
      await double.close();
      if (double.faults.length > 0) throw new Error(double.faults.join('; '));
    },
  };
});

describe('twilio sender', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  const open = async (answer?: TwilioAnswer, over: Partial<TwilioSettings> = {}) => {
    const double = await startTwilio();
    closing.push(() => double.close());
    if (answer) double.answer(() => answer);
    return { double, sender: createTwilioSender(settings(double, over)) };
  };

  test('a message has one sender: our number, or our messaging service', async () => {
    const { double, sender } = await open();
    await sender.send(someSms());
    const { from: _none, ...service } = settings(double, { messagingServiceSid: `MG${'0'.repeat(32)}` });
    await createTwilioSender(service).send(someSms());
    expect(double.accepted.map((one) => [one.from, one.service])).toEqual([
      ['+3225551234', undefined],
      [undefined, `MG${'0'.repeat(32)}`],
    ]);
    expect(double.faults).toEqual([]);
  });

  test.each([
    ['the number is none', 400, 21211],
    ['opted out', 400, 21610],
    ['no mobile', 400, 21614],
    ['a landline', 400, 21635],
    ['no route', 400, 21612],
    ['the region is not allowed', 400, 21408],
    ['a landline, as another part of Twilio says it', 400, 60205],
    ['a trial account and a stranger', 400, 21608],
    ['a code that was invented after this was written', 400, 21999],
  ])('final: %s (%i %i)', async (_name, status, code) => {
    const { double, sender } = await open({ kind: 'error', status, code });
    expect(await sender.send(someSms())).toEqual({ kind: 'refused', cause: `${status} ${code}` });
    expect(double.requests()).toBe(1);
  });

  test.each([30003, 30004, 30005, 30006, 30007, 30450])('permanent: accepted, and given up with %i', async (code) => {
    const { sender } = await open({ kind: 'failed', code });
    expect(await sender.send(someSms())).toEqual({ kind: 'refused', cause: `failed ${code}` });
  });

  test.each<readonly [string, TwilioAnswer, object]>([
    ['too many requests', { kind: 'error', status: 429, code: 20429 }, { cause: '429' }],
    ['… with a time', { kind: 'error', status: 429, code: 20429, retryAfter: '7' }, { cause: '429', after: 7_000 }],
    ['… with a nonsensical time', { kind: 'error', status: 429, retryAfter: 'soon' }, { cause: '429' }],
    ['… with an endless time', { kind: 'error', status: 429, retryAfter: '999999' }, { cause: '429', after: 600_000 }],
    ['a fault of theirs', { kind: 'error', status: 500, code: 20500 }, { cause: '500 20500' }],
    ['a proxy in front of them', { kind: 'raw', status: 502, body: '<html>bad gateway</html>' }, { cause: '502' }],
    ['unavailable', { kind: 'raw', status: 503, body: '' }, { cause: '503' }],
    ['the token is wrong', { kind: 'error', status: 401, code: 20003 }, { cause: '401 20003' }],
    ['the account is not there', { kind: 'error', status: 404, code: 20404 }, { cause: '404 20404' }],
    ['our number cannot send', { kind: 'error', status: 400, code: 21606 }, { cause: '400 21606' }],
    ['a refusal without a reason', { kind: 'error', status: 400 }, { cause: '400' }],
    ['led elsewhere', { kind: 'raw', status: 307, body: '' }, { cause: '307' }],
    ['accepted, and the carrier failed', { kind: 'failed', code: 30008 }, { cause: 'failed 30008' }],
  ])('passing, and others wait too: %s', async (_name, answer, like) => {
    const { double, sender } = await open(answer);
    expect(await sender.send(someSms())).toEqual({ kind: 'retry', server: true, ...like });
    expect(double.requests()).toBe(1);
  });

  test('a full queue concerns this message only', async () => {
    const { sender } = await open({ kind: 'error', status: 400, code: 21611 });
    expect(await sender.send(someSms())).toEqual({ kind: 'retry', cause: '400 21611', server: false });
  });

  test.each<readonly [string, TwilioAnswer, number]>([
    ['the connection breaks after it was accepted', { kind: 'break-after-accepting' }, 1],
    ['the connection breaks', { kind: 'break' }, 0],
    ['no answer', { kind: 'silence' }, 0],
    ['an answer that never ends', { kind: 'drip' }, 1],
    ['an answer too late', { kind: 'slow', after: 20_000 }, 1],
    ['an answer that is no JSON', { kind: 'raw', status: 201, body: '<html>ok</html>' }, 0],
    ['an empty answer', { kind: 'raw', status: 200, body: '' }, 0],
    ['JSON that is no message', { kind: 'raw', status: 201, body: '{"ok":true}', type: 'application/json' }, 0],
    ['JSON that is nothing', { kind: 'raw', status: 201, body: 'null', type: 'application/json' }, 0],
    ['a list', { kind: 'raw', status: 201, body: '[]', type: 'application/json' }, 0],
    ['an answer of a megabyte', { kind: 'raw', status: 201, body: 'x'.repeat(1_000_000) }, 0],
  ])('nobody knows whether it left, so it is one request and says so: %s', async (_name, answer, left) => {
    const { double, sender } = await open(answer, { deadline: 400 });
    expect(await sender.send(someSms())).toMatchObject({ kind: 'retry', unsure: true });
    expect(double.requests()).toBe(1);
    expect(double.accepted).toHaveLength(left);
  });

  test('without a connection no message left: refused, unknown host, TLS failure', async () => {
    const pit = await startTarPit();
    closing.push(() => pit.close());
    const plain = await startTwilio();
    closing.push(() => plain.close());
    for (const baseUrl of [
      `http://127.0.0.1:${await freePort()}`,
      'https://api.invalid',
      `https://127.0.0.1:${pit.port}`,
      plain.baseUrl.replace('http:', 'https:'),
    ]) {
      const sender = createTwilioSender(settings(plain, { baseUrl, deadline: 600 }));
      expect({ baseUrl, ...(await sender.send(someSms())) }).toMatchObject({
        kind: 'retry',
        server: true,
        unsure: false,
      });
    }
    expect(plain.requests()).toBe(0);
  });

  test('the delivery of an accepted message can be requested', async () => {
    const { double, sender } = await open();
    const sent = await sender.send(someSms());
    if (sent.kind !== 'sent' || sent.reference === undefined) throw new Error('not sent');
    expect(await sender.later?.(sent.reference)).toEqual(sent);
    double.tellLater(30006);
    expect(await sender.later?.(sent.reference)).toEqual({ kind: 'refused', cause: 'undelivered 30006' });
    double.tellLater('nothing');
    expect(await sender.later?.(sent.reference)).toBeUndefined();
    await double.close();
    expect(await sender.later?.(sent.reference)).toBeUndefined();
    expect(double.faults).toEqual([]);
  });

  test('a failure contains no token, number or text', async () => {
    for (const answer of [
      { kind: 'error', status: 400, code: 21211 },
      { kind: 'error', status: 401, code: 20003 },
      { kind: 'error', status: 500 },
      { kind: 'break' },
      { kind: 'raw', status: 201, body: 'x' },
      { kind: 'failed', code: 30006 },
    ] as const) {
      const { double, sender } = await open(answer, { deadline: 400 });
      const told = JSON.stringify(await sender.send(someSms()));
      for (const secret of [double.authToken, double.accountSid, '470123456', '123456 is'])
        expect(told).not.toContain(secret);
    }
  });
});
