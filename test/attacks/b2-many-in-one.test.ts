/** Spellings of one code, lists of guesses in one request, and guesses between good sign-ins. */
import { describe, expect, test } from '@jest/globals';
import {
  appCode,
  begin,
  countComparisons,
  countJudgements,
  giveCode,
  givePassword,
  gotCode,
  look,
  reasonOf,
  rightCode,
  send,
  signIn,
  stepOf,
  toProof,
  wrongCode,
} from './visitor.ts';
import { withLongSignIns, product, rp, keyOf, many, few } from './b2-product.ts';

withLongSignIns();

describe('B2-10: one code in one normal form', () => {
  const spellings: readonly (readonly [string, (code: string) => string, boolean])[] = [
    ['spaces', (code) => ` ${code.slice(0, 3)} ${code.slice(3)} `, true],
    [
      'full-width digits',
      (code) => Array.from(code, (digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''),
      true,
    ],
    ['a seventh digit', (code) => `${code}0`, false],
    ['a leading zero', (code) => `0${code}`, false],
    ['a sign', (code) => `+${code}`, false],
    ['a fraction', (code) => `${code}.0`, false],
    ['an exponent', (code) => `${code}e0`, false],
    ['hexadecimal', (code) => `0x${Number(code).toString(16)}`, false],
    [
      'Arabic-Indic digits',
      (code) => Array.from(code, (digit) => String.fromCodePoint(0x0660 + Number(digit))).join(''),
      true,
    ],
    ['a NUL', (code) => `${code}\0`, false],
    ['a zero-width space', (code) => `${code.slice(0, 3)}\u200b${code.slice(3)}`, true],
    ['a comma', (code) => `${code},000000`, false],
    ['the first five digits', (code) => code.slice(0, 5), false],
  ];

  test.each(spellings)('%s', async (_title, write, taken) => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    await toProof(visit, an, 'authenticator-app');
    const code = appCode(an.totp, product.clock.now());
    const page = await giveCode(visit, write(code));
    expect(gotCode(page)).toBe(taken);
    if (!taken) {
      // No try at all: nothing was compared or counted, and the code is still valid.
      expect(reasonOf(page)).toBe('code_malformed');
      expect(await keyOf(product, an, 'authenticator-app')).toMatchObject({ attempts: { count: 0 } });
      expect(gotCode(await giveCode(visit, code))).toBe(true);
    } else {
      // Used up in any notation.
      for (const [, again] of spellings) {
        const next = await begin(rp);
        await toProof(next, an, 'authenticator-app');
        expect(gotCode(await giveCode(next, again(code)))).toBe(false);
      }
    }
  });

  test('malformed codes are no tries, and do not extend the limit of wrong ones', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    await toProof(visit, an, 'authenticator-app');
    for (const code of ['12', '1', 'abcdef', '１２３', '0'.repeat(1000)])
      expect(reasonOf(await giveCode(visit, code))).toBe('code_malformed');
    const guesses = new Set<string>();
    while (guesses.size < 5) guesses.add(wrongCode(product, an, [...guesses]));
    for (const guess of guesses) {
      expect(reasonOf(await giveCode(visit, guess))).toBe('code_wrong');
      expect(reasonOf(await giveCode(visit, `${guess}0`))).not.toBe('code_wrong');
    }
    expect(reasonOf(await giveCode(visit, appCode(an.totp, product.clock.now())))).toBe('attempts_paused');
  });
});

describe('B2-12: many guesses in one request, and guesses between good sign-ins', () => {
  test('a list of a thousand is no form, and nothing of it is judged', async () => {
    const victim = await product.addPerson({ keys: ['authenticator-app'] });
    const judged = countJudgements(product, 'authenticator-app');
    const compared = countComparisons(product);
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'authenticator-app' });
    for (const body of [
      [['username', victim.username], ...few('password')],
      [['username', victim.username], ...few('password', 'password[]')],
      [
        ['username', victim.username],
        ['password', victim.password],
        ['password', 'x'],
      ],
      [
        ['username', victim.username],
        ['username', 'x'],
        ['password', victim.password],
      ],
      [
        ['username', victim.username],
        ['password[0]', victim.password],
      ],
      [
        ['username[x]', victim.username],
        ['password', victim.password],
      ],
    ] as const) {
      expect((await send(visit, 'password', body)).status).toBe(400);
    }
    expect(
      (await send(visit, 'password', [['username', victim.username], ...many('password')])).status,
    ).toBeGreaterThanOrEqual(400);
    for (const body of [
      { username: victim.username, password: Array.from({ length: 1000 }, (_, index) => `guess ${index}`) },
      [{ username: victim.username, password: victim.password }],
    ]) {
      const page = await send(visit, 'password', JSON.stringify(body), {
        headers: { 'content-type': 'application/json' },
      });
      expect(page.left).toBeUndefined();
      expect(stepOf(await look(visit))).toBe('password');
    }
    expect(compared.of(victim.person.password?.hash)).toBe(0);
    await givePassword(visit, victim);
    const code = appCode(victim.totp, product.clock.now());
    for (const body of [
      few('code'),
      few('code', 'code[]'),
      [
        ['code', '000000'],
        ['code', code],
      ],
      [['code[0]', code]],
    ] as const) {
      expect((await send(visit, 'prove-key', body)).status).toBe(400);
    }
    expect((await send(visit, 'prove-key', many('code'))).status).toBeGreaterThanOrEqual(400);
    expect(judged.verify).toBe(0);
    expect(gotCode(await giveCode(visit, code))).toBe(true);
  });

  test('the attacker’s own sign-ins do not reset the count of another account', async () => {
    const [eve, victim] = [
      await product.addPerson({ keys: ['token-card'] }),
      await product.addPerson({ keys: ['token-card'] }),
    ];
    const judged = countJudgements(product, 'token-card');
    const compared = countComparisons(product);
    let own = 0;
    for (let round = 0; round < 7; round += 1) {
      const visit = await begin(rp);
      await toProof(visit, victim, 'token-card');
      await giveCode(visit, wrongCode(product, victim));
      const good = await begin(rp, { agent: visit.agent });
      if (gotCode(await signIn(product, good, eve, 'token-card'))) own += 1;
    }
    expect(own).toBe(7);
    expect(judged.verify - own).toBe(5);
    // Only the code was guessed: the password was right each time.
    expect(compared.of(victim.person.password?.hash)).toBe(7);
  });

  test('A-049: a right password does not clear what was wrong before', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    await toProof(visit, an, 'authenticator-app');
    for (let guess = 0; guess < 4; guess += 1) await giveCode(visit, wrongCode(product, an));
    const again = await begin(rp);
    await toProof(again, an, 'authenticator-app');
    await giveCode(again, wrongCode(product, an));
    const page = await giveCode(again, await rightCode(product, an, await look(again)));
    expect([gotCode(page), reasonOf(page)]).toEqual([false, 'attempts_paused']);
    product.clock.advance(30_000);
    expect(gotCode(await giveCode(again, appCode(an.totp, product.clock.now())))).toBe(true);
    expect(await keyOf(product, an, 'authenticator-app')).toMatchObject({ attempts: { count: 0 } });
  });
});
