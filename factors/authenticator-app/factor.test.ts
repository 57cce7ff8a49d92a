import { decode } from 'fast-png';
import jsQr from 'jsqr';
import { createGuardrails, generateSync, ScureBase32Plugin } from 'otplib';
import { decodeQR } from 'qr/decode.js';
import { describe, expect, test } from '@jest/globals';
import { factorTools, jan } from '../../test/harness/factor-tools.ts';
import { challenge, verify } from './authenticate.ts';
import { checkCode } from './check-code.ts';
import { begin, confirm } from './enrol.ts';
import { modulePixels, type QrPicture } from './draw-qr.ts';
import factor from './factor.ts';
import { settings as schema } from './settings.ts';
import type { Secret } from './states.ts';

const step = 30_000;
/** The first instant of a time step. */
const start = Math.floor(Date.UTC(2024, 0, 30, 22, 58) / step) * step;
const stepAt = (now: number): number => Math.floor(now / step);
const tools = (now = start, over: object = {}, name = 'Mijn digitale sleutels') => ({
  ...factorTools(schema.parse(over), now),
  provider: { name, origin: 'http://localhost:3000' },
});
const codeAt = (secret: string, now: number): string => generateSync({ secret, epoch: now / 1000 });

async function beginning(person = jan, name?: string) {
  const outcome = await begin(tools(start, {}, name), person);
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.value;
}
async function newKey(now = start): Promise<Secret> {
  const { pending } = await beginning();
  const outcome = await confirm(tools(now), pending, { code: codeAt(pending.secret, now) });
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.value.secret;
}
const answer = (secret: Secret, code: string, now: number, over: object = {}) =>
  verify(tools(now, over), secret, { version: 1 }, { code });

describe('RFC 6238, appendix B (SHA-1, the last six of eight digits)', () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  test.each([
    [59, '287082', 0x1],
    [1_111_111_109, '081804', 0x23523ec],
    [1_111_111_111, '050471', 0x23523ed],
    [1_234_567_890, '005924', 0x273ef07],
    [2_000_000_000, '279037', 0x3f940aa],
    [20_000_000_000, '353130', 0x27bc86aa],
  ])('at %i s', (seconds, code, timeStep) => {
    const window = { past: 0, future: 0 };
    const given = { secret, lastStep: 0, input: { code }, window };
    expect(checkCode({ ...given, now: seconds * 1000 })).toEqual({ ok: true, value: timeStep });
    expect(checkCode({ ...given, now: seconds * 1000 + step })).toEqual({ ok: false, reason: 'code_wrong' });
  });
});

describe('enrolment', () => {
  test('A-029: the secret has 160 bits, new each time, the same in QR code, text and state', async () => {
    const [one, other] = [await beginning(), await beginning()];
    expect(one.pending.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(one.pending.secret).not.toBe(other.pending.secret);
    const uri = new URL(String(one.shows['uri']));
    expect(uri.searchParams.get('secret')).toBe(one.pending.secret);
    expect(one.shows['secret']).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    expect(String(one.shows['secret']).replaceAll(' ', '')).toBe(one.pending.secret);
    expect(readQr(one.shows['qr'] as QrPicture)).toBe(one.shows['uri']);
  });

  test.each([
    ['Mijn digitale sleutels', 'jan.peeters', 'Mijn digitale sleutels', 'jan.peeters'],
    ['Rekey: test', 'jan:peeters', 'Rekey  test', 'jan peeters'],
    ['Clés & co', 'zoë/ü?&', 'Clés & co', 'zoë/ü?&'],
  ])('an app shows issuer and account: %s, %s', async (name, username, issuer, account) => {
    const { shows } = await beginning({ ...jan, username }, name);
    const uri = new URL(String(shows['uri']));
    expect([uri.protocol, uri.host]).toEqual(['otpauth:', 'totp']);
    expect(uri.searchParams.get('issuer')).toBe(issuer);
    expect(decodeURIComponent(uri.pathname)).toBe(`/${issuer}:${account}`);
    expect(readQr(shows['qr'] as QrPicture)).toBe(shows['uri']);
    for (const [key, usual] of [
      ['algorithm', 'SHA1'],
      ['digits', '6'],
      ['period', '30'],
    ] as const)
      expect(uri.searchParams.get(key) ?? usual).toBe(usual);
  });

  test('D5: the QR code is 200 px or more, black on white, with four modules of nothing on every side', async () => {
    const { shows } = await beginning();
    const { width, grey } = open(shows['qr'] as QrPicture);
    expect(width).toBeGreaterThanOrEqual(200);
    const all = Array.from({ length: width }, (_, y) => Array.from({ length: width }, (_none, x) => [x, y] as const));
    const shades = new Set(all.flat().map(([x, y]) => grey(x, y)));
    expect(shades).toEqual(new Set([0, 255]));
    const along = all.flat().flatMap(([x, y]) => (grey(x, y) === 0 ? [x, y] : []));
    expect(along.reduce((least, at) => Math.min(least, at))).toBe(4 * modulePixels);
    expect(along.reduce((most, at) => Math.max(most, at))).toBe(width - 4 * modulePixels - 1);
  });

  test('A-032: the confirming code is used up, and every earlier one', async () => {
    const secret = await newKey();
    expect(secret.lastStep).toBe(stepAt(start));
    for (const code of [codeAt(secret.secret, start), codeAt(secret.secret, start - step)])
      for (const now of [start, start + 1, start + step - 1])
        expect(await answer(secret, code, now)).toEqual({ ok: false, reason: 'code_used' });
    expect(await answer(secret, codeAt(secret.secret, start + step), start + step)).toMatchObject({ ok: true });
  });

  test('a wrong code confirms nothing', async () => {
    const { pending } = await beginning();
    const code = codeAt(pending.secret, start + 50 * step);
    expect(await confirm(tools(), pending, { code })).toEqual({ ok: false, reason: 'code_wrong' });
  });
});

describe('A-031, A-207a: which time steps count; the next one only if configured', () => {
  const now = start + 100 * step;
  test.each([
    [{}, [-1, 0]],
    [{ window: { future: 1 } }, [-1, 0, 1]],
    [{ window: { past: 0, future: 1 } }, [0, 1]],
    [{ window: { past: 0, future: 0 } }, [0]],
  ])('with %j', async (over, counting) => {
    const secret = await newKey();
    for (const away of [-3, -2, -1, 0, 1, 2, 3]) {
      const outcome = await answer(secret, codeAt(secret.secret, now + away * step), now, over);
      expect([away, outcome.ok]).toEqual([away, counting.includes(away)]);
      if (outcome.ok) expect(outcome.value.secret.lastStep).toBe(stepAt(now) + away);
      else expect(outcome.reason).toBe('code_wrong');
    }
  });

  test.each([
    [-step, false],
    [-1, false],
    [0, true],
    [2 * step - 1, true],
    [2 * step, false],
  ])('a code is taken %i ms from the start of its step: %s', async (away, counts) => {
    const secret = await newKey();
    expect((await answer(secret, codeAt(secret.secret, now), now + away)).ok).toBe(counts);
  });
});

describe('A-030: each step once', () => {
  const now = start + 100 * step;

  test('B3-02, B3-03: a code does not count twice in its step or in the next one', async () => {
    const secret = await newKey();
    const code = codeAt(secret.secret, now);
    const outcome = await answer(secret, code, now);
    if (!outcome.ok) throw new Error(outcome.reason);
    for (const at of [now, now + step - 1, now + step, now + 2 * step - 1])
      expect(await answer(outcome.value.secret, code, at)).toEqual({ ok: false, reason: 'code_used' });
  });

  test('after an early use of the next step the current one no longer counts', async () => {
    const secret = await newKey();
    const outcome = await answer(secret, codeAt(secret.secret, now + step), now, { window: { future: 1 } });
    if (!outcome.ok) throw new Error(outcome.reason);
    const { secret: next } = outcome.value;
    expect(await answer(next, codeAt(secret.secret, now), now)).toEqual({ ok: false, reason: 'code_used' });
    expect(await answer(next, codeAt(secret.secret, now + 2 * step), now + 2 * step)).toMatchObject({ ok: true });
  });

  test('B3-04: a code older than the window is wrong', async () => {
    const secret = await newKey();
    expect(await answer(secret, codeAt(secret.secret, now - 2 * step), now)).toEqual({
      ok: false,
      reason: 'code_wrong',
    });
  });

  test('with a clock that was set back a code is refused, without a fault', async () => {
    const secret = { ...(await newKey()), lastStep: stepAt(now) + 1000 };
    const outcome = await answer(secret, codeAt(secret.secret, now), now);
    expect(outcome).toEqual({ ok: false, reason: 'code_used' });
  });
});

test.each([
  ['grouped', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`, undefined],
  ['full-width', (code: string) => code.replace(/\d/g, (d) => String.fromCodePoint(0xff10 + Number(d))), undefined],
  ['with a zero in front', (code: string) => `0${code}`, 'code_malformed'],
  ['with a plus', (code: string) => `+${code}`, 'code_malformed'],
  ['with seven digits', (code: string) => `${code}1`, 'code_malformed'],
])('B2-10: typed %s, a code is the same code or none', async (_name, write, reason) => {
  const now = start + 100 * step;
  const secret = await newKey();
  const code = codeAt(secret.secret, now);
  const outcome = await answer(secret, write(code), now);
  expect(outcome).toMatchObject(reason === undefined ? { ok: true } : { ok: false, reason });
  if (!outcome.ok) return;
  for (const again of [code, write(code), ` ${code}`])
    expect(await answer(outcome.value.secret, again, now)).toEqual({ ok: false, reason: 'code_used' });
});

test('A-034: the time is the server’s, whatever the form says', async () => {
  const now = start + 100 * step;
  const secret = await newKey();
  const late = now + 10 * step;
  const input = { code: codeAt(secret.secret, late), now: String(late), date: new Date(late).toISOString() };
  expect(await verify(tools(now), secret, { version: 1 }, input)).toEqual({ ok: false, reason: 'code_wrong' });
});

test('the challenge reveals nothing about the secret', async () => {
  const outcome = await challenge(tools(), await newKey());
  expect(outcome).toEqual({ ok: true, value: { challenge: { version: 1 }, shows: { digits: 6, period: 30 } } });
  expect(factor.describe(await newKey())).toEqual({ detail: '' });
});

describe('an imported key', () => {
  const known = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  test.each([known, known.toLowerCase(), 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ', `${known}======`])(
    '%s is accepted',
    async (secret) => {
      expect(await factor.transfer?.load(tools(), { secret })).toEqual({
        ok: true,
        value: { version: 1, secret: known, lastStep: 0 },
      });
    },
  );

  test.each([
    ['80 bits', { secret: 'GEZDGNBVGY3TQOJQ' }, 'secret'],
    ['120 bits', { secret: 'GEZDGNBVGY3TQOJQGEZDGNBV' }, 'secret'],
    ['no Base32', { secret: known.replace('G', '1') }, 'secret'],
    ['nothing', {}, 'secret'],
    ['another algorithm', { secret: known, algorithm: 'MD5' }, 'algorithm'],
    ['a step in the past of time', { secret: known, lastStep: -1 }, 'lastStep'],
  ])('%s is refused', async (_name, data, field) => {
    const refusal = { ok: false, reason: 'key_state_unreadable', field };
    expect(await factor.transfer?.load(tools(), data)).toEqual(refusal);
  });
});

test.each([
  { importBits: 79 },
  { window: { past: 2 } },
  { window: { future: -1 } },
  { window: 1 },
  { window: { next: 1 } },
])('settings %j are refused', (over) => {
  expect(schema.safeParse(over).success).toBe(false);
});

test('the recommended settings', () => {
  expect(schema.parse({})).toEqual({ window: { past: 1, future: 0 }, importBits: 128 });
});

/** The picture as saved in a file. */
function open(picture: QrPicture) {
  const [head, body = ''] = picture.image.split(',');
  expect(head).toBe('data:image/png;base64');
  const { width, height, channels, data } = decode(Buffer.from(body, 'base64'));
  expect({ width, height, channels }).toEqual({ width: picture.size, height: picture.size, channels: 1 });
  return { width, grey: (x: number, y: number) => data[y * width + x] };
}

/** Read by two independent decoders. */
function readQr(picture: QrPicture): string {
  const { width, grey } = open(picture);
  const data = new Uint8ClampedArray(width * width * 4).fill(255);
  for (let at = 0; at < width * width; at += 1)
    data.fill(grey(at % width, Math.floor(at / width)) ?? 0, at * 4, at * 4 + 3);
  const text = decodeQR({ width, height: width, data: new Uint8Array(data) });
  expect(Buffer.from(jsQr.default(data, width, width)?.binaryData ?? []).toString()).toBe(text);
  return text;
}

describe('keys with other parameters', () => {
  // RFC 6238, appendix B: seeds of 32 and 64 bytes for the longer hashes.
  const seed = '12345678901234567890';
  const base32 = (text: string) => new ScureBase32Plugin().encode(new TextEncoder().encode(text)).replaceAll('=', '');
  const sha256 = base32(seed.repeat(2).slice(0, 32));
  const sha512 = base32(seed.repeat(4).slice(0, 64));
  const loaded = async (data: object, over: object = {}) => {
    const outcome = await factor.transfer?.load(tools(start, over), data);
    if (outcome?.ok !== true) throw new Error(JSON.stringify(outcome));
    return outcome.value as Secret;
  };
  const window = { past: 0, future: 0 };

  test.each([
    ['SHA256', sha256, 59, '46119246'],
    ['SHA256', sha256, 1_111_111_109, '68084774'],
    ['SHA256', sha256, 20_000_000_000, '77737706'],
    ['SHA512', sha512, 59, '90693936'],
    ['SHA512', sha512, 1_111_111_109, '25091201'],
    ['SHA512', sha512, 20_000_000_000, '47863826'],
  ])('A-219 RFC 6238, appendix B: %s of eight digits', async (algorithm, secret, seconds, code) => {
    const key = await loaded({ secret, algorithm, digits: 8 });
    expect(checkCode({ ...key, input: { code }, now: seconds * 1000, window })).toMatchObject({ ok: true });
    expect(checkCode({ ...key, input: { code: code.slice(2) }, now: seconds * 1000, window })).toMatchObject({
      reason: 'code_malformed',
    });
  });

  test('A-219 a period of 60 s: one code a minute, used once, with a tolerance of its own steps', async () => {
    const key = await loaded({ secret: sha256, period: 60 });
    const minute = 60_000;
    const now = Math.floor(start / minute) * minute;
    const code = generateSync({ secret: sha256, epoch: now / 1000, period: 60 });
    const at = (when: number, state = key) => verify(tools(when), state, { version: 1 }, { code });
    expect(await at(now + minute - 1)).toMatchObject({
      ok: true,
      value: { secret: { lastStep: now / minute, period: 60 } },
    });
    expect(await at(now + 2 * minute - 1)).toMatchObject({ ok: true });
    expect(await at(now + 2 * minute)).toMatchObject({ ok: false, reason: 'code_wrong' });
    const used = await at(now);
    expect(used.ok && (await at(now + 1, used.value.secret))).toMatchObject({ ok: false, reason: 'code_used' });
    expect(await challenge(tools(), key)).toMatchObject({ value: { shows: { digits: 6, period: 60 } } });
  });

  test('A-219 usual parameters are stored in one way, however they are written', async () => {
    for (const algorithm of ['SHA1', 'sha-1', 'HMAC-SHA1'])
      expect(await loaded({ secret: sha256, algorithm, digits: 6, period: 30 })).toEqual({
        version: 1,
        secret: sha256,
        lastStep: 0,
      });
    const odd = await loaded({ secret: sha512, algorithm: 'SHA-512', digits: 8, period: 60 });
    expect(await loaded(factor.transfer?.dump(odd) as object)).toEqual(odd);
    expect(factor.states.secret.safeParse(odd).success).toBe(true);
  });

  test('A-219 a secret of 80 bits is accepted and signs in where the deployment permits it', async () => {
    const short = 'JBSWY3DPEHPK3PXP';
    expect(await factor.transfer?.load(tools(), { secret: short })).toEqual({
      ok: false,
      reason: 'key_state_unreadable',
      field: 'secret',
    });
    const key = await loaded({ secret: short }, { importBits: 80 });
    const code = generateSync({
      secret: short,
      epoch: start / 1000,
      guardrails: createGuardrails({ MIN_SECRET_BYTES: 10 }),
    });
    expect(await answer(key, code, start)).toMatchObject({ ok: true });
  });

  test.each([
    [{ algorithm: 'MD5' }, 'algorithm'],
    [{ digits: 5 }, 'digits'],
    [{ period: 0 }, 'period'],
    [{ period: 3600 }, 'period'],
    [{ secret: '0189' }, 'secret'],
    [{ lastStep: -1 }, 'lastStep'],
  ])('A-219 what is wrong is named by its member: %j', async (over, field) => {
    expect(await factor.transfer?.load(tools(), { secret: sha256, ...over })).toEqual({
      ok: false,
      reason: 'key_state_unreadable',
      field,
    });
  });
});
