import { describe, expect, test } from '@jest/globals';
import { factorTools } from '../contract-suite/tools.ts';
import { challenge, verify } from './authenticate.ts';
import { codesInSet, readCode } from './code.ts';
import { begin, confirm, dump } from './enrol.ts';
import factor from './factor.ts';
import { settings as schema } from './settings.ts';
import type { Secret } from './states.ts';

const start = Date.UTC(2024, 0, 30, 22, 59);
const tools = (over: object = {}) => factorTools(schema.parse(over), start);

async function drawn() {
  const outcome = await begin(tools());
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.value;
}
/** A set that was confirmed with its first code. */
async function held(): Promise<{ readonly secret: Secret; readonly codes: readonly string[] }> {
  const { pending } = await drawn();
  const outcome = await confirm(tools(), pending, { code: pending.codes[0] ?? '' });
  if (!outcome.ok || 'pending' in outcome.value) throw new Error('not confirmed');
  return { secret: outcome.value.secret, codes: pending.codes };
}
async function answer(secret: Secret, code: string | undefined, asked = secret) {
  const outcome = await challenge(tools(), asked);
  if (!outcome.ok) return outcome;
  return verify(tools(), secret, outcome.value.challenge, { code: code ?? '' });
}
async function after(secret: Secret, ...codes: readonly (string | undefined)[]): Promise<Secret> {
  let now = secret;
  for (const code of codes) {
    const outcome = await answer(now, code);
    if (!outcome.ok) throw new Error(outcome.reason);
    now = outcome.value.secret;
  }
  return now;
}

describe('a set', () => {
  test('A-062: ten codes of 75 random bits, numbered by their first character, all different', async () => {
    const { pending, shows } = await drawn();
    expect(pending.codes).toHaveLength(10);
    expect(new Set(pending.codes.map((code) => code.slice(1))).size).toBe(10);
    pending.codes.forEach((code, index) => expect(code).toMatch(new RegExp(`^${index}[0-9A-HJKMNP-TV-Z]{15}$`)));
    // 15 characters out of 32: at least the 64 bits of a saved recovery code.
    expect(15 * Math.log2(32)).toBeGreaterThanOrEqual(64);
    expect(shows['codes']).toEqual(pending.codes.map((code) => code.replaceAll(/(.{4})(?!$)/g, '$1-')));
  });

  test('the file has the codes, the service and the day, but not the person', async () => {
    const { pending, shows } = await drawn();
    const text = decodeURIComponent(String(shows['file']).replace('data:text/plain;charset=utf-8,', ''));
    const [title, blank, ...lines] = text.split('\r\n');
    expect(title).toBe('Mijn digitale sleutels – 2024-01-30');
    expect(blank).toBe('');
    expect(lines.map((line) => line.replaceAll('-', ''))).toEqual([...pending.codes, '']);
  });

  test('stores slow hashes, each with its own salt, and no code', async () => {
    const { secret, codes } = await held();
    expect(new Set(secret.hashes).size).toBe(codesInSet);
    for (const hash of secret.hashes) expect(hash).toMatch(/^\$argon2id\$/);
    expect(codes.filter((code) => JSON.stringify(secret).includes(code.slice(1)))).toEqual([]);
    expect(JSON.stringify(dump(secret))).toContain(secret.hashes[9]);
  });

  test('confirming needs one of its codes, and uses it up', async () => {
    const { pending } = await drawn();
    const { codes } = await held();
    expect(await confirm(tools(), pending, { code: codes[3] ?? '' })).toEqual({ ok: false, reason: 'code_wrong' });
    const outcome = await confirm(tools(), pending, { code: pending.codes[7] ?? '' });
    expect(outcome).toMatchObject({ ok: true, value: { secret: { used: [7] } } });
  });
});

describe('a code', () => {
  test('works once, and any of the others after it', async () => {
    const { secret, codes } = await held();
    const next = await after(secret, codes[4]);
    expect(await answer(next, codes[4])).toEqual({ ok: false, reason: 'code_used' });
    expect(await answer(next, codes[0])).toEqual({ ok: false, reason: 'code_used' });
    expect(await answer(next, codes[9])).toMatchObject({ ok: true });
  });

  test('a wrong code is reported as wrong, even if its number was used', async () => {
    const { secret, codes } = await held();
    const other = `${codes[0]?.slice(0, 15)}${codes[0]?.endsWith('7') ? '8' : '7'}`;
    expect(await answer(secret, other)).toEqual({ ok: false, reason: 'code_wrong' });
    // The right characters under another number.
    expect(await answer(secret, `5${codes[4]?.slice(1)}`)).toEqual({ ok: false, reason: 'code_wrong' });
  });

  test('an answer costs one hash, whichever code it is', async () => {
    const { secret, codes } = await held();
    for (const code of [codes[0], codes[5], codes[9], '3ZZZZZZZZZZZZZZZ']) {
      const given = tools();
      let checked = 0;
      const hash = {
        ...given.hash,
        matches: (phc: string, typed: string) => (checked++, given.hash.matches(phc, typed)),
      };
      await verify({ ...given, hash }, secret, { version: 1, set: secret.set }, { code: code ?? '' });
      expect(checked).toBe(1);
    }
  });

  test('a challenge of the old set is void for the new one, and its codes are wrong', async () => {
    const [before, now] = [await held(), await held()];
    expect(await answer(now.secret, now.codes[1], before.secret)).toEqual({ ok: false, reason: 'code_expired' });
    expect(await answer(now.secret, before.codes[1])).toEqual({ ok: false, reason: 'code_wrong' });
  });

  test.each<readonly [string, (code: string) => string]>([
    ['as shown', (code) => code.replaceAll(/(.{4})(?!$)/g, '$1-')],
    ['without dashes, in small letters', (code) => code.toLowerCase()],
    ['with spaces and a line end, as pasted', (code) => ` ${code.replaceAll(/(.{4})(?!$)/g, '$1 ')}\r\n`],
    ['with an en dash and unseen signs', (code) => `\ufeff${code.slice(0, 4)}\u2013${code.slice(4)}\u200b`],
    [
      'full-width',
      (code) => Array.from(code, (sign) => String.fromCodePoint((sign.codePointAt(0) ?? 0) + 0xfee0)).join(''),
    ],
    ['with O for 0, and I or l for 1', (code) => code.replaceAll('0', 'O').replace('1', 'I').replaceAll('1', 'l')],
  ])('B2-10 as people paste it: %s', (_name, write) => {
    for (const code of ['001JQ7Z0A1B2C3D4', '9ABCDEFGHJKMNPQ0'])
      expect(readCode({ code: write(code) })).toEqual({ ok: true, value: { code, index: Number(code[0]) } });
  });

  test.each([
    '',
    '0',
    '001JQ7Z0A1B2C3D',
    '001JQ7Z0A1B2C3D45',
    'A01JQ7Z0A1B2C3D4',
    '001JQ7Z0A1B2C3DU',
    '001JQ7Z0A1B2C3D!',
    '123456',
  ])('what cannot be a code is no try: %j', async (code) => {
    const { secret } = await held();
    const asked = { version: 1, set: secret.set };
    expect(readCode({ code })).toEqual({ ok: false, reason: 'code_malformed' });
    expect(factor.wellFormed?.(secret, asked, { code })).toBe(false);
  });
});

test('three left: renew soon; none left: exhausted', async () => {
  const { secret, codes } = await held();
  const health = (state: Secret, over: object = {}) => factor.health(state, start, schema.parse(over));
  const four = await after(secret, ...codes.slice(1, 6));
  expect(health(four)).toEqual({ kind: 'healthy' });
  const three = await after(four, codes[6]);
  expect(health(three)).toEqual({ kind: 'renew-soon', left: 3 });
  expect(health(three, { warnAt: 2 })).toEqual({ kind: 'healthy' });
  const none = await after(three, ...codes.slice(7));
  expect(health(none)).toEqual({ kind: 'exhausted' });
  expect(await challenge(tools(), none)).toEqual({ ok: false, reason: 'key_exhausted' });
});

test('has level substantial, and no description', async () => {
  const { secret } = await held();
  expect(factor.strength({})).toBe('substantial');
  expect(factor.assure({}, {})).toMatchObject({ strength: 'substantial', phishingResistant: false, possession: true });
  expect(factor.describe(secret)).toEqual({ detail: '' });
  expect(factor.traits).toEqual({ many: false, selfService: true, script: false, fallback: true });
});

test.each([
  ['a hash that is none', { hashes: Array(10).fill('x') }],
  ['nine hashes', { hashes: [] }],
  ['a number that no code has', { used: [10] }],
  [
    'a hash that costs more than is good',
    { hashes: Array(10).fill('$argon2id$v=19$m=9999999,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAA') },
  ],
])('an import with %s is refused', async (_name, over) => {
  const { secret } = await held();
  expect(await factor.transfer?.load(tools(), { ...dump(secret), ...over })).toEqual({
    ok: false,
    reason: 'key_state_unreadable',
  });
});
