import { describe, expect, test } from '@jest/globals';
import { startProduct } from '../harness/product.ts';
import { relyingParty } from '../harness/relying-party.ts';
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
  send,
  signIn,
  stepOf,
  toProof,
  wrongCode,
  type Visit,
  shownSecret,
} from './visitor.ts';
import { withLongSignIns, minute, hour, product, rp, keyOf, told } from './b2-product.ts';

withLongSignIns();

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
