import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  appCode,
  begin,
  cardCode,
  countComparisons,
  countJudgements,
  giveCode,
  givePassword,
  going,
  gotCode,
  kinds,
  look,
  mailedCode,
  parallel,
  personNow,
  reasonOf,
  rightCode,
  send,
  signIn,
  staying,
  stepOf,
  toProof,
  wrongCode,
  type KeyKind,
  type Visit,
  shownSecret,
} from './visitor.ts';

const minute = 60_000;
const hour = 60 * minute;

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({ ...staying, signIn: { order: 'key-first', interactionMinutes: 240 } });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

const keyOf = async (of: Product, person: NewPerson, kind: KeyKind) =>
  (await personNow(of, person)).keys.find(({ factor }) => factor === kind);
const many = (field: string) => Array.from({ length: 1000 }, (_, index) => [field, `guess ${index}`] as const);
const few = (field: string, name = field) => [1, 2, 3].map((index) => [name, `guess ${index}`] as const);
const told = (of: Product, person: NewPerson) => of.mails.filter(({ to }) => to === person.email);

describe('B2-01: guesses at one key of one account, for each factor', () => {
  test.each(kinds)('%s: at most 50 are judged, then it must be bound again', async (kind) => {
    const victim = await product.addPerson({ keys: [kind] });
    const judged = countJudgements(product, kind);
    let visit: Visit | undefined;
    for (let guess = 0; guess < 60; guess += 1) {
      if (visit === undefined || stepOf(await look(visit)) !== 'prove-key') {
        visit = await begin(rp);
        await toProof(visit, victim, kind);
      }
      expect(gotCode(await giveCode(visit, wrongCode(product, victim)))).toBe(false);
      product.clock.advance(61 * minute);
    }
    expect(judged.verify).toBeLessThanOrEqual(50);
    expect(judged.verify).toBeGreaterThan(5);
    expect(await keyOf(product, victim, kind)).toMatchObject({ status: 'blocked', attempts: { count: 50 } });

    // The right answer comes too late, and waiting does not help.
    product.clock.advance(30 * 24 * hour);
    const late = await begin(rp);
    const page = await toProof(late, victim, kind);
    expect([stepOf(page), reasonOf(page)]).toEqual(['refused', 'key_blocked']);
    // The page of a sign-in that was open at the block judges nothing any more.
    const before = judged.verify;
    if (visit) await giveCode(visit, appCode(victim.totp, product.clock.now()));
    expect(judged.verify).toBe(before);
    await product.app.flush();
    expect(told(product, victim).filter(({ text }) => !/\b\d{6}\b/.test(text)).length).toBeGreaterThanOrEqual(2);
  });
});

test('A-207b: forty guesses a day between the owner’s own sign-ins: at most 100 are judged in thirty days', async () => {
  const victim = await product.addPerson({ keys: ['authenticator-app'] });
  const judged = countJudgements(product, 'authenticator-app');
  const lines = product.logs.length;
  const days = 30;
  let right = 0;
  for (let day = 0; day < days; day += 1) {
    const visit = await begin(rp);
    await toProof(visit, victim, 'authenticator-app');
    for (let guess = 0; guess < 40; guess += 1) {
      if (stepOf(await giveCode(visit, wrongCode(product, victim), {}, guess)) !== 'prove-key') break;
      product.clock.advance(guess < 5 ? 0 : minute);
    }
    product.clock.advance(hour);
    if (gotCode(await signIn(product, await begin(rp), victim, 'authenticator-app'))) right += 1;
    product.clock.advance(22 * hour);
  }
  expect(right).toBeGreaterThan(3);
  expect(judged.verify - right).toBeLessThanOrEqual(100);
  expect(judged.verify - right).toBeGreaterThan(90);
  expect(await keyOf(product, victim, 'authenticator-app')).toMatchObject({ status: 'blocked' });
  // The operator is told twice: at half of it, and at the end.
  expect(product.logs.slice(lines).filter((line) => line.includes('key.guessed'))).toHaveLength(2);
  expect(told(product, victim).length).toBeGreaterThan(2);
});

describe('B2-03: a burst of 200 guesses', () => {
  test('at a password', async () => {
    const victim = await product.addPerson({ keys: ['authenticator-app'] });
    const compared = countComparisons(product);
    const visits = await parallel(20, () => begin(rp));
    await Promise.all(visits.map((visit) => send(visit, 'choose-key', { key: 'authenticator-app' })));
    const pages = await parallel(200, (index) =>
      givePassword(visits[index % visits.length] as Visit, { username: victim.username, password: `guess ${index}` }),
    );
    expect(pages.filter(({ status }) => status >= 500)).toEqual([]);
    expect(compared.of(victim.person.password?.hash)).toBe(5);
    // The right one among them would not have been noticed either.
    const page = await givePassword(visits[0] as Visit, victim);
    expect([stepOf(page), reasonOf(page)]).toEqual(['password', 'attempts_paused']);
    expect(compared.of(victim.person.password?.hash)).toBe(5);
    product.clock.advance(31_000);
    expect(stepOf(await givePassword(visits[0] as Visit, victim))).toBe('prove-key');
  });

  test.each(kinds)('at a key: %s', async (kind) => {
    const victim = await product.addPerson({ keys: [kind] });
    const judged = countJudgements(product, kind);
    const visits = await parallel(4, async () => {
      const visit = await begin(rp);
      await toProof(visit, victim, kind);
      return visit;
    });
    await parallel(200, (index) =>
      giveCode(visits[index % visits.length] as Visit, wrongCode(product, victim), {}, index),
    );
    expect(judged.verify).toBe(5);
    expect(await keyOf(product, victim, kind)).toMatchObject({ status: 'active', attempts: { count: 5 } });
  });

  test('at the activation of a key, and at a code that proves an address', async () => {
    const moved = await startProduct(going());
    try {
      const party = await relyingParty(moved.issuer, moved.client);
      for (const kind of ['authenticator-app', 'email-otp'] as const) {
        const victim = await moved.addPerson();
        const judged = countJudgements(moved, kind);
        const visit = await begin(party);
        await send(visit, 'choose-key', { key: 'token-card' });
        await send(visit, 'phase-out', { action: 'migrate' });
        await giveCode(visit, cardCode(victim, await givePassword(visit, victim)));
        if (kind === 'email-otp') {
          await send(visit, 'confirm-email', { action: 'change' });
          await send(visit, 'confirm-email', { action: 'continue', email: `other-${victim.email}` });
          const right = await mailedCode(moved, `other-${victim.email}`);
          const wrong = wrongCode(moved, victim, [right]);
          await parallel(200, (copy) =>
            send(visit, 'confirm-email', { action: 'continue', code: wrong, copy: `${copy}` }),
          );
          expect((await personNow(moved, victim)).otherAttempts).toMatchObject({ email: { count: 5 } });
          const late = await send(visit, 'confirm-email', { action: 'continue', code: right });
          expect(reasonOf(late)).toBe('attempts_paused');
          expect((await personNow(moved, victim)).email?.address).toBe(victim.email);
          await send(visit, 'confirm-email', { action: 'previous' });
        }
        const before = moved.mails.length;
        await send(visit, 'confirm-email', { action: 'continue' });
        const page = await send(visit, 'select-key', { key: kind });
        expect(stepOf(page)).toBe('activate-key');
        const right =
          kind === 'email-otp'
            ? await mailedCode(moved, victim.email, before)
            : appCode(shownSecret(page), moved.clock.now());
        const wrong = right === '000000' ? '000001' : '000000';
        await parallel(200, (copy) =>
          send(visit, 'activate-key', { action: 'continue', code: wrong, copy: `${copy}` }),
        );
        expect([kind, judged.confirm]).toEqual([kind, 5]);
        const late = await send(visit, 'activate-key', { action: 'continue', code: right });
        expect([kind, stepOf(late), reasonOf(late)]).toEqual([kind, 'activate-key', 'attempts_paused']);
        expect((await personNow(moved, victim)).keys.map(({ factor }) => factor)).toEqual(['token-card']);
      }
    } finally {
      await moved.close();
    }
  });
});

describe('B2-06: sending and checking are both limited, and a code ends', () => {
  test('sending: half a minute between two, five an hour, ten a day, whatever is pressed', async () => {
    const an = await product.addPerson({ keys: ['email-otp'] });
    const codes = () => told(product, an).filter(({ text }) => /\b\d{6}\b/.test(text)).length;
    let visit = await begin(rp);
    await toProof(visit, an, 'email-otp');
    for (let press = 0; press < 10; press += 1) {
      expect(reasonOf(await send(visit, 'prove-key', { action: 'resend' }))).toBe('sending_paused');
    }
    await product.app.flush();
    expect(codes()).toBe(1);
    await parallel(8, (copy) => send(visit, 'prove-key', { action: 'resend', copy: `${copy}` }));
    for (let round = 0; round < 30; round += 1) {
      product.clock.advance(31_000);
      if (stepOf(await look(visit)) === 'prove-key')
        await parallel(4, (copy) => send(visit, 'prove-key', { action: 'resend', copy: `${copy}` }));
      else {
        visit = await begin(rp);
        await toProof(visit, an, 'email-otp');
      }
    }
    await product.mailTo(an.email);
    await product.app.flush();
    expect(codes()).toBe(5);
    for (let hours = 0; hours < 20; hours += 1) {
      product.clock.advance(hour);
      visit = await begin(rp);
      await toProof(visit, an, 'email-otp');
    }
    await product.app.flush();
    expect(codes()).toBe(10);
  });

  test('A-024: half a minute between two, also through other keys and other sign-ins, until one was answered', async () => {
    const an = await product.addPerson({ keys: ['email-otp'] });
    const visit = await begin(rp);
    await toProof(visit, an, 'email-otp');
    const code = await mailedCode(product, an.email);
    const before = product.mails.length;
    for (let round = 0; round < 3; round += 1) {
      const other = await begin(rp);
      const page = await toProof(other, an, 'email-otp');
      expect([stepOf(page), reasonOf(page)]).toEqual(['refused', 'sending_paused']);
      await send(other, 'refused', { action: 'again' });
      await send(other, 'refused', { action: 'other-key' });
      await send(other, 'choose-key', { key: 'email-otp' });
      expect(reasonOf(await look(other))).toBe('sending_paused');
    }
    await product.app.flush();
    expect(product.mails.slice(before)).toEqual([]);
    expect(gotCode(await giveCode(visit, code))).toBe(true);
    const next = await begin(rp);
    expect(stepOf(await toProof(next, an, 'email-otp'))).toBe('prove-key');
    product.clock.advance(30_000);
    const after = await begin(rp);
    expect(stepOf(await toProof(after, an, 'email-otp'))).toBe('prove-key');
  });

  test.each([
    [4 * minute + 59_999, true],
    [5 * minute, false],
    [5 * minute + 1_000, false],
  ])('a code after %i ms', async (wait, taken) => {
    const an = await product.addPerson({ keys: ['email-otp'] });
    const visit = await begin(rp);
    await toProof(visit, an, 'email-otp');
    const code = await mailedCode(product, an.email);
    product.clock.advance(wait);
    const page = await giveCode(visit, code);
    expect([gotCode(page), reasonOf(page)]).toEqual(taken ? [true, undefined] : [false, 'code_expired']);
  });

  test('A-020: a new code makes the former one void; A-021: a code of another sign-in is refused', async () => {
    const an = await product.addPerson({ keys: ['email-otp'] });
    const [visit, other] = [await begin(rp), await begin(rp)];
    await toProof(visit, an, 'email-otp');
    const first = await mailedCode(product, an.email);
    product.clock.advance(31_000);
    const before = product.mails.length;
    await toProof(other, an, 'email-otp');
    const others = await mailedCode(product, an.email, before);
    expect(reasonOf(await giveCode(visit, others))).toBe('code_replaced');
    expect(reasonOf(await giveCode(visit, first))).toBe('code_replaced');
    product.clock.advance(31_000);
    await send(visit, 'prove-key', { action: 'resend' });
    expect(reasonOf(await giveCode(visit, first))).toBe('code_wrong');
    expect(reasonOf(await giveCode(other, others))).toBe('code_replaced');
  });

  test('A-022: a new code, a new sign-in and another language do not reset the count', async () => {
    const an = await product.addPerson({ keys: ['email-otp'] });
    const judged = countJudgements(product, 'email-otp');
    const visit = await begin(rp);
    await toProof(visit, an, 'email-otp');
    for (let guess = 0; guess < 3; guess += 1) await giveCode(visit, '000000');
    product.clock.advance(31_000);
    const before = product.mails.length;
    await send(visit, 'prove-key', { action: 'resend' });
    await giveCode(visit, '000000', { headers: { 'accept-language': 'de' } });
    const code = await mailedCode(product, an.email, before);
    product.clock.advance(31_000);
    const other = await begin(rp);
    await toProof(other, an, 'email-otp');
    await giveCode(other, '000000');
    expect(judged.verify).toBe(5);
    const page = await giveCode(visit, code);
    expect(reasonOf(page)).toBe('attempts_paused');
    expect(judged.verify).toBe(5);
  });
});

test('B2-08: a restart keeps all counts', async () => {
  const victim = await product.addPerson({ keys: ['authenticator-app'] });
  const visit = await begin(rp);
  await toProof(visit, victim, 'authenticator-app');
  let judged = 0;
  for (let round = 0; round < 4; round += 1) {
    const counts = countJudgements(product, 'authenticator-app');
    for (let guess = 0; guess < 3; guess += 1) await giveCode(visit, wrongCode(product, victim));
    judged += counts.verify;
    await product.restart();
  }
  expect(judged).toBe(5);
  let compared = 0;
  for (let round = 0; round < 4; round += 1) {
    const counts = countComparisons(product);
    const other = await begin(rp);
    await send(other, 'choose-key', { key: 'authenticator-app' });
    for (let guess = 0; guess < 3; guess += 1) await givePassword(other, { ...victim, password: `guess ${guess}` });
    compared += counts.of(victim.person.password?.hash);
    await product.restart();
  }
  // One of the five was the right password above.
  expect(compared).toBe(4);
  product.clock.advance(31_000);
  expect(gotCode(await giveCode(visit, appCode(victim.totp, product.clock.now())))).toBe(true);
});

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
