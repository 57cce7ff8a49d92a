import { describe, expect, test } from '@jest/globals';
import { factorTools } from '../../test/harness/factor-tools.ts';
import { isFurtherStage } from '../contract.ts';
import type { Begun } from '../contract.ts';
import { languages } from '../validate-folder.ts';
import { createRenderer } from '../../views/render.ts';
import { challenge, verify } from './authenticate.ts';
import { again, begin, confirm } from './enrol.ts';
import factor from './factor.ts';
import { riskNotice } from './risk-notice.ts';
import { settings as schema } from './settings.ts';
import type { Pending, Secret } from './states.ts';

const start = Date.UTC(2024, 0, 30, 22, 58);
const minute = 60_000;
const home = { homeCountry: 'BE' };
const tools = (now = start, over: object = home) => factorTools(schema.parse(over), now);
const codeOf = (messages: readonly { data: Readonly<Record<string, unknown>> }[] | undefined): string =>
  String(messages?.[0]?.data['code']);
const typed = (number: string) => ({ number, risk: 'accepted' });

async function toNumber(over: object = home): Promise<Begun<Pending>> {
  const outcome = await begin(tools(start, over));
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.value;
}
async function toCode(number = '0470 12 34 56', over: object = home) {
  const { pending } = await toNumber(over);
  const outcome = await confirm(tools(start, over), pending, typed(number));
  if (!outcome.ok || !isFurtherStage(outcome.value)) throw new Error('no code was sent');
  return { ...outcome.value, code: codeOf(outcome.value.messages) };
}
async function newKey(number?: string): Promise<Secret> {
  const { pending, code } = await toCode(number);
  const outcome = await confirm(tools(), pending, { code });
  if (!outcome.ok || isFurtherStage(outcome.value)) throw new Error('not confirmed');
  return outcome.value.secret;
}
async function ask(secret: Secret, now = start, over: object = home) {
  const outcome = await challenge(tools(now, over), secret);
  if (!outcome.ok) throw new Error(outcome.reason);
  return { ...outcome.value, code: codeOf(outcome.value.messages) };
}

describe('enrolment', () => {
  test('A-026: first asks for the number and explains the risk, and sends nothing', async () => {
    expect(await toNumber()).toMatchObject({ stage: 'number', shows: { national: true } });
    expect(await toNumber({})).toMatchObject({ shows: { national: false } });
    expect(await toNumber()).not.toHaveProperty('messages');
  });

  test('A-025: then sends a code to the number in its canonical form, which the page shows masked', async () => {
    const { messages, shows, stage, pending, expiresAt } = await toCode();
    expect(stage).toBe('code');
    expect(messages).toEqual([
      {
        channel: 'sms',
        to: '+32470123456',
        template: 'registration',
        data: { code: expect.stringMatching(/^\d{6}$/), minutes: 5, host: 'localhost' },
        expiresAt: start + 5 * minute,
      },
    ]);
    expect(expiresAt).toBe(start + 5 * minute);
    expect(shows).toEqual({ number: '+32 … 56', minutes: 5, digits: 6, sentAt: start });
    expect(pending).toMatchObject({ number: '+32470123456' });
  });

  test('A-026: the accepted risk notice and its time are stored with the key and in the audit event', async () => {
    const { pending, code } = await toCode();
    const outcome = await confirm(tools(start + minute), pending, { code });
    const acceptedRisk = { notice: riskNotice, at: start };
    expect(outcome).toMatchObject({
      ok: true,
      value: { secret: { acceptedRisk }, audit: { riskNotice, riskAcceptedAt: start } },
    });
  });

  test.each([{}, { risk: '' }, { risk: 'on' }, { risk: 'ACCEPTED' }, { accepted: 'risk' }])(
    'A-026: without the checkbox (%j) nothing is sent, and the number stays in its field',
    async (input) => {
      const { pending } = await toNumber();
      expect(await confirm(tools(), pending, { number: '0470 12 34 56', ...input })).toEqual({
        ok: false,
        reason: 'consent_missing',
        field: 'risk',
        kept: { number: '0470 12 34 56' },
      });
    },
  );

  test.each([
    ['0470 12 34', 'number_invalid'],
    ['', 'number_invalid'],
    ['x'.repeat(1024), 'number_invalid'],
    ['0470 12 34 56 ext 1', 'number_invalid'],
    ['0470123456,0470123457', 'number_invalid'],
    ['02 555 12 34', 'number_refused'],
    ['0900 12 345', 'number_refused'],
    ['+882 16 1234 5678', 'number_invalid'],
  ])('a number that is none (%j) is refused at its field, and stays there with the box', async (number, reason) => {
    const { pending } = await toNumber();
    expect(await confirm(tools(), pending, typed(number))).toEqual({
      ok: false,
      reason,
      field: 'number',
      kept: { number: number.slice(0, 40), risk: 'accepted' },
    });
  });

  test('a national number needs a configured country', async () => {
    const { pending } = await toNumber({});
    expect(await confirm(tools(start, {}), pending, typed('0470 12 34 56'))).toMatchObject({
      reason: 'number_invalid',
    });
    expect(await confirm(tools(start, {}), pending, typed('+32 470 12 34 56'))).toMatchObject({ ok: true });
  });

  test('a code is no answer at the stage of the number, and a number none at the stage of the code', async () => {
    const number = await toNumber();
    const { pending, code } = await toCode();
    expect(await confirm(tools(), number.pending, { code })).toMatchObject({ reason: 'number_invalid' });
    expect(await confirm(tools(), pending, typed('0470 12 34 57'))).toEqual({ ok: false, reason: 'code_malformed' });
  });

  test('A-020: sent again to the same number; the former code is void', async () => {
    const first = await toCode();
    const outcome = await again(tools(start + minute), first.pending);
    if (!outcome.ok) throw new Error(outcome.reason);
    const { pending, messages } = outcome.value;
    expect(messages?.[0]).toMatchObject({ to: '+32470123456', template: 'registration' });
    expect(await confirm(tools(start + minute), pending, { code: first.code })).toMatchObject({
      ok: first.code === codeOf(messages),
    });
    expect(await confirm(tools(start + minute), pending, { code: codeOf(messages) })).toMatchObject({ ok: true });
    expect(await again(tools(), (await toNumber()).pending)).toMatchObject({ ok: true, value: { stage: 'number' } });
  });

  test('a registration code cannot sign in, and a sign-in code cannot register', async () => {
    const { pending, code } = await toCode();
    const secret = await newKey();
    const asked = await ask(secret);
    if (pending.stage !== 'code') throw new Error('no code');
    expect(await verify(tools(), secret, { version: 1, sent: pending.sent }, { code })).toMatchObject({ ok: false });
    expect(await confirm(tools(), { ...pending, sent: asked.challenge.sent }, { code: asked.code })).toMatchObject({
      ok: false,
    });
    expect(await confirm(tools(), { ...pending, number: '+32470123457' }, { code })).toMatchObject({ ok: false });
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
    const settings = { ...home, ...over };
    const secret = await newKey();
    const asked = await ask(secret, start, settings);
    const { pending, code } = await toCode(undefined, settings);
    for (const outcome of [
      await verify(tools(at, settings), secret, asked.challenge, { code: asked.code }),
      await confirm(tools(at, settings), pending, { code }),
    ])
      expect(outcome).toMatchObject(counts ? { ok: true } : { ok: false, reason: 'code_expired' });
  });
});

describe('sign-in', () => {
  test('a challenge counts once, and not for another number', async () => {
    const [own, other] = [await newKey(), await newKey('0470 12 34 57')];
    const asked = await ask(own);
    expect(await verify(tools(), other, asked.challenge, { code: asked.code })).toMatchObject({ reason: 'code_wrong' });
    const proved = await verify(tools(), own, asked.challenge, { code: asked.code });
    if (!proved.ok) throw new Error(proved.reason);
    expect(await verify(tools(), proved.value.secret, asked.challenge, { code: asked.code })).toEqual({
      ok: false,
      reason: 'code_used',
    });
  });

  test.each([
    ['grouped', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`, undefined],
    ['with a zero in front', (code: string) => `0${code}`, 'code_malformed'],
    ['with the line for the telephone', (code: string) => `@localhost #${code}`, 'code_malformed'],
  ])('B2-10: typed %s', async (_name, write, reason) => {
    const secret = await newKey();
    const asked = await ask(secret);
    const outcome = await verify(tools(), secret, asked.challenge, { code: write(asked.code) });
    expect(outcome).toMatchObject(reason === undefined ? { ok: true } : { ok: false, reason });
  });

  test('has the configured level: possession of a telephone, never resistant to phishing', () => {
    for (const strength of ['low', 'substantial'] as const) {
      const settings = schema.parse({ strength });
      expect(factor.strength(settings)).toBe(strength);
      expect(factor.assure({}, settings)).toMatchObject({
        amr: ['otp', 'sms'],
        strength,
        possession: true,
        phishingResistant: false,
        otherChannel: true,
      });
    }
    expect(factor.traits.restricted).toBe(true);
  });
});

describe('the message', () => {
  const renderer = createRenderer({
    factorFolders: { sms: import.meta.dirname },
    products: { nl: 'Mijn digitale sleutels', fr: 'Mes clés numériques', de: 'Meine Schlüssel', en: 'My digital keys' },
  });
  /** 3GPP TS 23.038 §6.2.1; any other letter halves what a message holds. */
  const gsm = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà]*$/;

  test.each(languages.flatMap((language) => [[language, 'code'] as const, [language, 'registration'] as const]))(
    'in %s (%s) begins with the code, ends with the line for the telephone, and is one short message',
    (language, template) => {
      const data = { code: '012345', minutes: 5, host: 'aanmelden.voorbeeld.be' };
      const text = renderer.sms('sms', template, language, data);
      const lines = text.split('\n');
      expect(lines[0]).toMatch(/^012345 /);
      expect(lines.slice(-2)).toEqual(['', '@aanmelden.voorbeeld.be #012345']);
      expect(text).not.toMatch(/[{}]|''/);
      expect(text.split('').filter((letter) => !gsm.test(letter))).toEqual([]);
      // Two joined messages hold 306; one holds 160, which a long name of the service goes beyond.
      expect(text.length).toBeLessThanOrEqual(200);
    },
  );
});

test('an exported and imported key keeps its number and the accepted risk notice', async () => {
  const secret = await newKey();
  const dumped = factor.transfer?.dump(secret);
  expect(dumped).toEqual({ number: '+32470123456', acceptedRisk: { notice: riskNotice, at: start } });
  expect(await factor.transfer?.load(tools(), dumped)).toEqual({ ok: true, value: secret });
  expect(await factor.transfer?.load(tools(), { number: '+32470123456' })).toMatchObject({
    ok: true,
    value: { acceptedRisk: { notice: 0 } },
  });
  for (const number of ['0470123456', '+32 470 12 34 56', '+3225551234', '+32470123456,+32470123457'])
    expect(await factor.transfer?.load(tools(), { number })).toEqual({ ok: false, reason: 'number_invalid' });
  expect(await factor.transfer?.load(tools(), { number: '+32470123456', x: 1 })).toMatchObject({
    reason: 'key_state_unreadable',
  });
});

test.each([
  { digits: 5 },
  { digits: 9 },
  { lifetimeMinutes: 0 },
  { lifetimeMinutes: 11 },
  { homeCountry: 'XX' },
  { homeCountry: 'be' },
  { strength: 'high' },
])('settings %j are refused', (over) => {
  expect(schema.safeParse(over).success).toBe(false);
});

test('the recommended settings', () => {
  expect(schema.parse({})).toEqual({ digits: 6, lifetimeMinutes: 5, strength: 'substantial' });
});
