import { readFileSync } from 'node:fs';
import { verify as verifyHash } from '@node-rs/argon2';
import { describe, expect, test } from '@jest/globals';
import { factorTools, jan } from '../../test/harness/factor-tools.ts';
import { pdfText } from '../../test/harness/pdf-text.ts';
import { stringsIn } from '../../test/harness/json-shapes.ts';
import { challenge, verify } from './authenticate.ts';
import { issue, load, dump } from './enrol.ts';
import factor from './factor.ts';
import { printCard } from './print-card.ts';
import { settings as schema } from './settings.ts';
import * as states from './states.ts';
import type { Challenge, Secret } from './states.ts';

const start = Date.UTC(2024, 0, 10);
const tools = (over: object = {}, now = start) => factorTools(schema.parse(over), now);

async function newCard(over: object = {}) {
  const { secret, clear, document } = await issue(tools(over), jan);
  return { secret, codes: clear['codes'] as Record<string, string>, serial: String(clear['serial']), document };
}
async function ask(secret: Secret, over: object = {}, now = start) {
  const outcome = await challenge(tools(over, now), secret);
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.value;
}
async function signIn(secret: Secret, asked: Challenge, code: string | undefined, over: object = {}) {
  const outcome = await verify(tools(over), secret, asked, { code: code ?? '' });
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.value;
}

describe('a new card', () => {
  test('has as many codes as set, numbered from 1, of the digits set', async () => {
    const { codes, serial } = await newCard({ digits: 7, count: 12 });
    expect(Object.keys(codes)).toEqual(Array.from({ length: 12 }, (_, index) => String(index + 1)));
    for (const code of Object.values(codes)) expect(code).toMatch(/^\d{7}$/);
    expect(serial).toMatch(/^\d{9}$/);
  });

  test('A-014: stores argon2id hashes, each with its own salt, and no code', async () => {
    const { secret, codes } = await newCard();
    expect(secret.hashes).toHaveLength(24);
    expect(new Set(secret.hashes.map((hash) => hash.split('$')[4])).size).toBe(24);
    for (const [index, hash] of secret.hashes.entries()) {
      expect(hash).toMatch(/^\$argon2id\$/);
      expect(await verifyHash(hash, codes[index + 1] ?? '')).toBe(true);
    }
    for (const code of Object.values(codes)) expect(JSON.stringify(secret)).not.toContain(`"${code}"`);
  });

  test('two cards are never equal', async () => {
    const [one, other] = await Promise.all([newCard(), newCard()]);
    expect(one.serial).not.toBe(other.serial);
    expect(Object.values(one.codes)).not.toEqual(Object.values(other.codes));
  });

  test('a person cannot enrol it', async () => {
    expect(factor.traits.selfService).toBe(false);
    expect(await factor.begin(tools(), jan, {})).toEqual({ ok: false, reason: 'key_state_unreadable' });
    expect(await factor.confirm(tools(), {}, {})).toEqual({ ok: false, reason: 'key_state_unreadable' });
  });
});

describe('the requested position', () => {
  test('is any open one, with equal frequency', async () => {
    const { secret } = await newCard({ count: 8 });
    const times = new Map<number, number>();
    for (let made = 0; made < 4000; made += 1) {
      const other = { ...secret, serial: String(100_000_000 + made) };
      const { position } = (await ask(other)).challenge;
      times.set(position, (times.get(position) ?? 0) + 1);
    }
    const chiSquare = [...times.values()].reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    expect(new Set(times.keys())).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8]));
    expect(chiSquare).toBeLessThan(7 + 8 * Math.sqrt(14));
  });

  test('stays the same until it is answered, however often the sign-in restarts', async () => {
    const { secret, codes } = await newCard();
    const { challenge: asked } = await ask(secret);
    for (let anew = 0; anew < 50; anew += 1) expect((await ask(secret)).challenge.position).toBe(asked.position);
    const { secret: next } = await signIn(secret, asked, codes[asked.position]);
    expect((await ask(next)).challenge.position).not.toBe(asked.position);
  });

  test('A-012: only its own code is right, not that of any other position', async () => {
    const { secret, codes } = await newCard();
    const { challenge: asked, shows } = await ask(secret);
    expect(shows['position']).toBe(asked.position);
    for (const [position, code] of Object.entries(codes)) {
      if (code === codes[asked.position]) continue;
      const outcome = await verify(tools(), secret, asked, { code });
      expect([position, outcome]).toEqual([position, { ok: false, reason: 'code_wrong' }]);
    }
    expect((await signIn(secret, asked, codes[asked.position])).facts).toEqual({ reusable: false });
  });

  test('is void once the person has another card', async () => {
    const [old, fresh] = await Promise.all([newCard(), newCard()]);
    const { challenge: asked } = await ask(old.secret);
    for (const codes of [old.codes, fresh.codes])
      expect(await verify(tools(), fresh.secret, asked, { code: codes[asked.position] ?? '' })).toEqual({
        ok: false,
        reason: 'code_expired',
      });
  });

  test.each([
    ['grouped', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`, undefined],
    [
      'full-width',
      (code: string) => code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
      undefined,
    ],
    ['with a zero in front', (code: string) => `0${code}`, 'code_malformed'],
    ['with a plus', (code: string) => `+${code}`, 'code_malformed'],
    ['without its last digit', (code: string) => code.slice(0, -1), 'code_malformed'],
  ])('B2-10: typed %s', async (_name, write, reason) => {
    const { secret, codes } = await newCard();
    const { challenge: asked } = await ask(secret);
    const outcome = await verify(tools(), secret, asked, { code: write(codes[asked.position] ?? '') });
    expect(outcome).toMatchObject(reason === undefined ? { ok: true } : { ok: false, reason });
    if (!outcome.ok) return;
    const again = await verify(tools(), outcome.value.secret, asked, { code: codes[asked.position] ?? '' });
    expect(again).toEqual({ ok: false, reason: 'code_used' });
  });

  test('uses the digits of the card, not those of later settings', async () => {
    const { secret, codes } = await newCard({ digits: 8 });
    const { challenge: asked, shows } = await ask(secret, { digits: 6 });
    expect(shows['digits']).toBe(8);
    expect((await signIn(secret, asked, codes[asked.position], { digits: 6 })).secret.used).toEqual([asked.position]);
  });
});

describe('single use', () => {
  test('A-013, A-017: every code signs in once; the card first warns, and is then used up', async () => {
    const over = { count: 8, warnAt: 3 };
    const { secret: fresh, codes } = await newCard(over);
    const settings = schema.parse(over);
    let secret = fresh;
    const health = [factor.health(secret, start, settings)];
    for (let left = 8; left > 0; left -= 1) {
      const { challenge: asked } = await ask(secret, over);
      expect(secret.used).not.toContain(asked.position);
      ({ secret } = await signIn(secret, asked, codes[asked.position], over));
      health.push(factor.health(secret, start, settings));
    }
    expect(new Set(secret.used)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8]));
    expect(health.map((each) => ('left' in each ? each.left : each.kind))).toEqual([
      'healthy',
      'healthy',
      'healthy',
      'healthy',
      'healthy',
      3,
      2,
      1,
      'exhausted',
    ]);
    expect(await challenge(tools(over), secret)).toEqual({ ok: false, reason: 'key_exhausted' });
  });

  test('two challenges for one position: the second is void once the first was answered', async () => {
    const { secret, codes } = await newCard();
    const { challenge: first } = await ask(secret);
    const second = { ...first, id: 'A'.repeat(22) };
    const { secret: next } = await signIn(secret, first, codes[first.position]);
    const code = codes[first.position] ?? '';
    expect(await verify(tools(), next, second, { code })).toEqual({ ok: false, reason: 'code_used' });
  });

  test('has level substantial; a reusable card never has more than low', () => {
    const single = schema.parse({});
    const reusable = schema.parse({ reuse: 'reusable' });
    expect(factor.assure({ reusable: false }, single).strength).toBe('substantial');
    for (const [facts, settings] of [
      [{ reusable: true }, reusable],
      [{ reusable: true }, single],
      [{ reusable: false }, reusable],
    ] as const)
      expect(factor.assure(facts, settings).strength).toBe('low');
    expect([factor.strength(single), factor.strength(reusable)]).toEqual(['substantial', 'low']);
  });
});

describe('reusable', () => {
  const over = { reuse: 'reusable', count: 8 };

  test('asks again, but not for the same position twice running, and never runs out', async () => {
    const { secret: fresh, codes } = await newCard(over);
    let secret = fresh;
    let last = 0;
    for (let context = 0; context < 40; context += 1) {
      const { challenge: asked } = await ask(secret, over, start + context);
      expect(asked.position).not.toBe(last);
      last = asked.position;
      ({ secret } = await signIn(secret, asked, codes[last], over));
    }
    expect(factor.health(secret, start, schema.parse(over))).toEqual({ kind: 'healthy' });
    expect(states.secret.safeParse(secret).success).toBe(true);
  });

  test('one challenge still has one answer', async () => {
    const { secret, codes } = await newCard(over);
    const { challenge: asked } = await ask(secret, over);
    const { secret: next } = await signIn(secret, asked, codes[asked.position], over);
    const code = codes[asked.position] ?? '';
    expect(await verify(tools(over), next, asked, { code })).toEqual({ ok: false, reason: 'code_used' });
  });

  test('if it becomes single-use later, a used code does not count again', async () => {
    const { secret, codes } = await newCard(over);
    const { challenge: asked } = await ask(secret, over);
    const { secret: next } = await signIn(secret, asked, codes[asked.position], over);
    expect((await ask(next)).challenge.position).not.toBe(asked.position);
  });
});

describe('an imported card', () => {
  const clear = { serial: '123 456-789', codes: { '1': '000001', '2': '000002', '3': '000003' } };

  test('a card in clear text is hashed at once', async () => {
    const outcome = await load(tools(), clear);
    if (!outcome.ok) throw new Error(outcome.reason);
    const secret = states.secret.parse(outcome.value);
    expect(secret).toMatchObject({ serial: '123456789', digits: 6, used: [] });
    expect(stringsIn(secret)).not.toContain('000001');
    const { challenge: asked } = await ask(secret);
    expect((await signIn(secret, asked, `00000${asked.position}`)).secret.used).toEqual([asked.position]);
  });

  test('an exported card comes back with its used positions', async () => {
    const { secret, codes } = await newCard();
    const { challenge: asked } = await ask(secret);
    const { secret: used } = await signIn(secret, asked, codes[asked.position]);
    const outcome = await load(tools(), JSON.parse(JSON.stringify(dump(used))));
    expect(outcome).toEqual({ ok: true, value: { ...used, challenges: { before: 0, marks: [] } } });
  });

  const dear = '$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHRzb21l$c29tZWhhc2hzb21laGFzaHNvbWVoYXNo';
  test.each([
    ['no codes', { serial: '1234', codes: {} }],
    ['a number left out', { serial: '1234', codes: { '1': '000001', '3': '000003' } }],
    ['a number twice', { serial: '1234', codes: { '1': '000001', '01': '000001' } }],
    ['codes of different lengths', { serial: '1234', codes: { '1': '000001', '2': '0000002' } }],
    ['short codes', { serial: '1234', codes: { '1': '00001' } }],
    ['letters', { serial: '1234', codes: { '1': 'abcdef' } }],
    ['no serial', { codes: clear.codes }],
    ['a serial with other signs', { ...clear, serial: '12/34' }],
    ['hashes of another kind', { serial: '1234', hashes: ['$2b$10$abcdefghijklmnopqrstuv'] }],
    ['hashes that cost too much to check', { serial: '1234', hashes: [dear] }],
    ['something unknown', { ...clear, colour: 'blue' }],
  ])('with %s is refused', async (_name, data) => {
    expect(await load(tools(), data)).toEqual({ ok: false, reason: 'key_state_unreadable' });
  });
});

describe('the print', () => {
  test.each(['nl', 'fr', 'de', 'en'] as const)(
    'in %s prints every code beside its number, and all texts',
    async (language) => {
      const codes = Object.fromEntries(
        Array.from({ length: 24 }, (_, index) => [index + 1, String(100_001 + index * 37)]),
      );
      const person = { ...jan, displayName: 'Zoë Łukasiewicz-Жукова', language };
      const card = {
        serial: '123456789',
        codes,
        person,
        issuer: 'Mijn digitale sleutels',
        reusable: false,
        now: start,
      };
      const bytes = await printCard(card);
      const text = pdfText(bytes);
      for (const [position, code] of Object.entries(codes))
        expect(text).toContain(`\n${position}\n${code.slice(0, 3)} ${code.slice(3)}`);
      expect(text).toContain('123 456 789');
      expect(text).toContain(person.displayName);
      expect(text).toContain('Mijn digitale sleutels');
      expect(text).not.toMatch(/print\.|[{}]/);
      expect(Buffer.from(bytes).toString('latin1')).toContain(`/Lang (${language})`);
      expect(await printCard(card)).toEqual(bytes);
    },
  );

  test('A-653 has the deployment’s words, its help desk and the last day, on one page', async () => {
    const texts: Readonly<Record<string, string>> = JSON.parse(
      readFileSync(new URL('./locales/en.json', import.meta.url), 'utf8'),
    );
    const paper = {
      text: (key: string, values: Readonly<Record<string, string>> = {}) =>
        (key === 'print.title' ? 'Our own e-card' : (texts[key] ?? '')).replaceAll(
          /\{(\w+)\}/g,
          (_, name: string) => values[name] ?? '',
        ),
      helpDesk: ['Service desk', '+32 2 555 01 00'],
      lastDay: '9 December 2026',
    };
    const codes = Object.fromEntries(Array.from({ length: 48 }, (_, index) => [index + 1, '12345678']));
    const card = { serial: '123456789', codes, person: jan, issuer: 'Rekey', reusable: true, now: start };
    const bytes = await printCard({ ...card, paper });
    const text = pdfText(bytes);
    for (const words of [...paper.helpDesk, 'Our own e\u2011card', 'Works up to and including 9 December 2026'])
      expect(text).toContain(words);
    expect(
      Buffer.from(bytes)
        .toString('latin1')
        .match(/\/Type \/Page\n/g),
    ).toHaveLength(1);
    const without = pdfText(await printCard(card));
    expect(without).not.toContain('Our help desk');
    expect(without).not.toContain('Works up to');
  });

  test('is one page under all settings and with long names', async () => {
    const long = 'Abcdefghij '.repeat(12).trim();
    const { document } = await newCard({ digits: 8, count: 48 });
    const codes = Object.fromEntries(Array.from({ length: 48 }, (_, index) => [index + 1, '12345678']));
    const person = { ...jan, displayName: long };
    const other = await printCard({ serial: '1', codes, person, issuer: long, reusable: true, now: start });
    for (const bytes of [document.bytes, other])
      expect(
        Buffer.from(bytes)
          .toString('latin1')
          .match(/\/Type \/Page\n/g),
      ).toHaveLength(1);
    expect(document).toMatchObject({ mediaType: 'application/pdf' });
    expect(document.filename).toMatch(/^card-\d{9}\.pdf$/);
  });
});

test.each([
  { digits: 5 },
  { digits: 9 },
  { count: 7 },
  { count: 49 },
  { reuse: 'sometimes' },
  { warnAt: 0 },
  { count: 10, warnAt: 10 },
  { digit: 6 },
])('settings %j are refused', (over) => {
  expect(schema.safeParse(over).success).toBe(false);
});

test('the recommended settings', () => {
  expect(schema.parse({})).toEqual({ digits: 6, count: 24, reuse: 'single-use', warnAt: 5 });
});
