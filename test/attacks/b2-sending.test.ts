/** Codes that are sent: how often, how long they count, and what makes them void. */
import { describe, expect, test } from '@jest/globals';
import {
  begin,
  countJudgements,
  giveCode,
  gotCode,
  look,
  mailedCode,
  parallel,
  reasonOf,
  send,
  stepOf,
  toProof,
} from './visitor.ts';
import { withLongSignIns, minute, hour, product, rp, told } from './b2-product.ts';

withLongSignIns();

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
