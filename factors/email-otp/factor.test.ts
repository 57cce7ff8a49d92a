import { describe, expect, test } from '@jest/globals';
import { factorTools, jan, marie } from '../../test/harness/factor-tools.ts';
import { challenge, verify } from './authenticate.ts';
import { begin, confirm } from './enrol.ts';
import factor from './factor.ts';
import { maskAddress } from '../kit/mail-domain.ts';
import { settings as schema } from './settings.ts';
import * as states from './states.ts';
import type { Secret } from './states.ts';

const start = Date.UTC(2024, 0, 30, 22, 58);
const minute = 60_000;
const tools = (now = start, over: object = {}) => factorTools(schema.parse(over), now);
const codeOf = (messages: readonly { data: Readonly<Record<string, unknown>> }[] | undefined): string =>
  String(messages?.[0]?.data['code']);

async function enrol(person = jan, over: object = {}) {
  const outcome = await begin(tools(start, over), person);
  if (!outcome.ok) throw new Error(outcome.reason);
  return { ...outcome.value, code: codeOf(outcome.value.messages) };
}
async function newKey(person = jan): Promise<Secret> {
  const { pending, code } = await enrol(person);
  const outcome = await confirm(tools(), pending, { code });
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.value.secret;
}
async function ask(secret: Secret, now = start, over: object = {}) {
  const outcome = await challenge(tools(now, over), secret);
  if (!outcome.ok) throw new Error(outcome.reason);
  return { ...outcome.value, code: codeOf(outcome.value.messages) };
}

describe('enrolment', () => {
  test('sends a registration code to the account’s address, and nowhere else', async () => {
    const { messages, pending, expiresAt, shows } = await begin(tools(), jan).then((outcome) => {
      if (!outcome.ok) throw new Error(outcome.reason);
      return outcome.value;
    });
    expect(messages).toEqual([
      {
        channel: 'email',
        to: jan.email,
        template: 'registration',
        data: { code: expect.stringMatching(/^\d{6}$/), minutes: 5, at: start },
        expiresAt: start + 5 * minute,
      },
    ]);
    expect(expiresAt).toBe(start + 5 * minute);
    expect(pending.address).toBe(jan.email);
    expect(shows).toEqual({ address: 'j…@example.org', minutes: 5, digits: 6, sentAt: start });
  });

  test.each([
    undefined,
    '',
    'jan',
    'jan@',
    '@example.org',
    'jan@example.org, eve@example.org',
    'jan@example.org;eve@example.org',
    'jan@example.org\nBcc: eve@example.org',
    'jan\u0000@example.org',
    '"jan peeters"@example.org',
    'Jan <jan@example.org>',
    `${'j'.repeat(250)}@example.org`,
  ])('A-025: without one proven address (%j) it is refused', async (email) => {
    expect(await begin(tools(), { ...jan, email })).toEqual({ ok: false, reason: 'address_invalid' });
  });

  test('a registration code cannot sign in, and a sign-in code cannot register', async () => {
    const { pending, code } = await enrol();
    const secret = await newKey();
    const asked = await ask(secret);
    const misused = { version: 1, sent: pending.sent } as const;
    expect(await verify(tools(), secret, misused, { code })).toEqual({ ok: false, reason: 'code_wrong' });
    const turned = { ...pending, sent: asked.challenge.sent };
    expect(await confirm(tools(), turned, { code: asked.code })).toEqual({ ok: false, reason: 'code_wrong' });
  });

  test('after a change of the address the code proves nothing', async () => {
    const { pending, code } = await enrol();
    const turned = { ...pending, address: 'eve@example.org' };
    expect(await confirm(tools(), turned, { code })).toEqual({ ok: false, reason: 'code_wrong' });
  });
});

describe.each([
  [{}, 5],
  [{ lifetimeMinutes: 1 }, 1],
  [{ lifetimeMinutes: 10 }, 10],
])('A-019: with settings %j', (over, minutes) => {
  test.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('%i ms from the end', async (away, counts) => {
    const at = start + minutes * minute + away;
    const secret = await newKey();
    const asked = await ask(secret, start, over);
    const { pending, code, expiresAt } = await enrol(jan, over);
    expect(expiresAt).toBe(start + minutes * minute);
    expect(asked.expiresAt).toBe(start + minutes * minute);
    for (const outcome of [
      await verify(tools(at, over), secret, asked.challenge, { code: asked.code }),
      await confirm(tools(at, over), pending, { code }),
    ])
      expect(outcome).toMatchObject(counts ? { ok: true } : { ok: false, reason: 'code_expired' });
  });
});

describe('sign-in', () => {
  test('a code answers only the challenge that it was sent for', async () => {
    const secret = await newKey();
    const [one, other] = [await ask(secret), await ask(secret)];
    const outcome = await verify(tools(), secret, other.challenge, { code: one.code });
    expect(outcome).toEqual(one.code === other.code ? expect.anything() : { ok: false, reason: 'code_wrong' });
  });

  test('a challenge counts once, also when another was answered in between', async () => {
    const fresh = await newKey();
    const [one, other] = [await ask(fresh, start), await ask(fresh, start + 1)];
    let secret = fresh;
    for (const { challenge: asked, code } of [other, one]) {
      const outcome = await verify(tools(start + 2), secret, asked, { code });
      if (!outcome.ok) throw new Error(outcome.reason);
      ({ secret } = outcome.value);
    }
    for (const { challenge: asked, code } of [one, other])
      expect(await verify(tools(start + 3), secret, asked, { code })).toEqual({ ok: false, reason: 'code_used' });
  });

  test('the challenge of one mailbox is useless for another', async () => {
    const [own, foreign] = [await newKey(jan), await newKey(marie)];
    const asked = await ask(foreign);
    expect(await verify(tools(), own, asked.challenge, { code: asked.code })).toEqual({
      ok: false,
      reason: 'code_wrong',
    });
  });

  test.each([
    ['grouped', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`, undefined],
    ['full-width', (code: string) => code.replace(/\d/g, (d) => String.fromCodePoint(0xff10 + Number(d))), undefined],
    ['with a zero in front', (code: string) => `0${code}`, 'code_malformed'],
    ['with a plus', (code: string) => `+${code}`, 'code_malformed'],
    ['with hyphens', (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`, undefined],
  ])('B2-10: typed %s', async (_name, write, reason) => {
    const secret = await newKey();
    const asked = await ask(secret);
    const outcome = await verify(tools(), secret, asked.challenge, { code: write(asked.code) });
    expect(outcome).toMatchObject(reason === undefined ? { ok: true } : { ok: false, reason });
  });

  test('A-028: has level low under all settings', () => {
    for (const over of [{}, { digits: 8, lifetimeMinutes: 1 }]) {
      const settings = schema.parse(over);
      expect(factor.strength(settings)).toBe('low');
      expect(factor.assure({}, settings)).toMatchObject({ strength: 'low', possession: false, otherChannel: true });
    }
  });
});

test('an exported and imported key keeps only its address', async () => {
  const secret = await newKey();
  const dumped = factor.transfer?.dump(secret);
  expect(dumped).toEqual({ address: jan.email });
  expect(await factor.transfer?.load(tools(), dumped)).toEqual({ ok: true, value: secret });
  const bad = await factor.transfer?.load(tools(), { address: 'jan@example.org,eve@example.org' });
  expect(bad).toEqual({ ok: false, reason: 'address_invalid' });
});

test.each([
  ['jan.peeters@example.org', 'j…@example.org'],
  ['j@example.org', 'j…@example.org'],
  ['"a@b"@example.org', '"…@example.org'],
])('%s is shown as %s', (address, masked) => {
  expect(maskAddress(address)).toBe(masked);
});

test.each([{ digits: 5 }, { digits: 9 }, { lifetimeMinutes: 0 }, { lifetimeMinutes: 11 }, { lifetimeMinutes: 2.5 }])(
  'settings %j are refused',
  (over) => {
    expect(schema.safeParse(over).success).toBe(false);
  },
);

test('the recommended settings', () => {
  expect(schema.parse({})).toEqual({ digits: 6, lifetimeMinutes: 5 });
  expect(states.secret.shape.version.value).toBe(1);
});
