/** An input that cannot be a code is no try, for every type of code; separators that people paste do no harm. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { nodesOfRun } from '../harness/test-storage.ts';
import {
  begin,
  cardCode,
  giveCode,
  givePassword,
  going,
  gotCode,
  kinds,
  mailedCode,
  personNow,
  reasonOf,
  rightCode,
  send,
  staying,
  stepOf,
  toProof,
} from './visitor.ts';

const malformed = ['12345', '1234567', '12345a', 'code', '12.3456', '١٢٣٤٥', '--------'];

const ascii = 'new@xn--mnchen-3ya.example';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct(staying);
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

/** Lines of the audit log about this person with this reason. */
async function linesOf({ person }: NewPerson, reason: string): Promise<number> {
  await product.app.flush();
  const lines = await product.services.audit.list({ limit: 1_000, filter: { person: person.id } });
  return lines.filter(({ event }) => event.reason === reason).length;
}

describe('A-222b A-710 an input without six digits is no failed try', () => {
  test.each(kinds)('%s: sixty of them, and the right code is still accepted, as pasted', async (kind) => {
    const an = await product.addPerson({ keys: [kind] });
    const visit = await begin(rp);
    const page = await toProof(visit, an, kind);
    for (let round = 0; round < 8; round += 1)
      for (const [at, code] of malformed.entries())
        expect(reasonOf(await giveCode(visit, code, {}, round * 10 + at))).toBe('code_malformed');
    const key = (await personNow(product, an)).keys.find(({ factor }) => factor === kind);
    expect([key?.status, key?.attempts.count]).toEqual(['active', 0]);
    expect(await linesOf(an, 'code_malformed')).toBeLessThanOrEqual(nodesOfRun());
    const code = await rightCode(product, an, page);
    expect(gotCode(await giveCode(visit, `\u200e${code.slice(0, 3)}\u2013${code.slice(3)}\u2060`))).toBe(true);
    await product.app.flush();
    expect(product.mails.filter(({ to, text }) => to === an.email && !/\d{6}/.test(text))).toEqual([]);
  });

  test('the proof of a mailbox, and the enrolment of a key', async () => {
    const own = await startProduct(going());
    try {
      const client = await relyingParty(own.issuer, own.client);
      const an = await own.addPerson({ keys: ['token-card'] });
      const visit = await begin(client);
      await send(visit, 'choose-key', { key: 'token-card' });
      await send(visit, 'phase-out', { action: 'migrate' });
      await giveCode(visit, cardCode(an, await givePassword(visit, an)));
      await send(visit, 'confirm-email', { action: 'change' });
      const asked = await send(visit, 'confirm-email', { action: 'continue', email: 'new@münchen.example' });
      // A-222d: shown in its own letters, sent to in A-labels.
      expect(asked.body).toContain('new@münchen.example');
      for (const [copy, code] of malformed.entries())
        expect(reasonOf(await send(visit, 'confirm-email', { action: 'continue', code, copy: `${copy}` }))).toBe(
          'code_malformed',
        );
      expect((await personNow(own, an)).otherAttempts).toEqual({});
      const mailed = await mailedCode(own, ascii);
      await send(visit, 'confirm-email', { action: 'continue', code: mailed.replace(/^.../, '$&-') });
      await send(visit, 'confirm-email', { action: 'continue' });
      const before = own.mails.length;
      own.clock.advance(60_000);
      expect(stepOf(await send(visit, 'select-key', { key: 'email-otp' }))).toBe('activate-key');
      for (const [copy, code] of malformed.entries())
        expect(reasonOf(await send(visit, 'activate-key', { action: 'continue', code, copy: `${copy}` }))).toBe(
          'code_malformed',
        );
      expect((await personNow(own, an)).otherAttempts).toEqual({});
      const code = await mailedCode(own, ascii, before);
      expect(stepOf(await send(visit, 'activate-key', { action: 'continue', code: ` ${code}` }))).toBe('done');
    } finally {
      await own.close();
    }
  });
});
