/** Attacks on the account's address, the key that depends on it, and the codes that are sent there. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { restoreEmail } from '../../admin/use-cases/email-restore.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  cardCode,
  giveCode,
  going,
  gotCode,
  look,
  mailedCode,
  personNow,
  reasonOf,
  send,
  stepOf,
  toProof,
  toWizard,
  type Visit,
} from './visitor.ts';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    ...going(),
    limits: { pauseAfter: 20, sendEverySeconds: 1, sendPerHour: 100, sendPerDay: 100 },
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

const day = 86_400_000;
const addressOf = async (an: NewPerson) => (await personNow(product, an)).email?.address;
const codeMailsTo = (to: string, before: number) =>
  product.mails.slice(before).filter((mail) => mail.to === to && /(?<!\d)\d{6}(?!\d)/.test(mail.text));

async function ask(visit: Visit, email: string): Promise<string> {
  const before = product.mails.length;
  product.clock.advance(2_000);
  await send(visit, 'confirm-email', { action: 'change' });
  await send(visit, 'confirm-email', { action: 'continue', email });
  return mailedCode(product, email, before);
}
/** By the card that is being retired, in the wizard. */
async function changeTo(an: NewPerson, email: string): Promise<Visit> {
  const visit = await begin(rp);
  await toWizard(visit, an);
  await send(visit, 'confirm-email', { action: 'continue', code: await ask(visit, email) });
  expect(await addressOf(an)).toBe(email);
  return visit;
}

describe('A-217 the key on the mailbox', () => {
  test('moves with the address, in the same write, and sends nothing to the old one', async () => {
    const an = await product.addPerson({ keys: ['token-card', 'email-otp'] });
    await changeTo(an, 'moved@example.net');
    const before = product.mails.length;
    const visit = await begin(rp);
    expect(stepOf(await toProof(visit, an, 'email-otp'))).toBe('prove-key');
    const code = await mailedCode(product, 'moved@example.net', before);
    expect(codeMailsTo(an.email, before)).toEqual([]);
    expect(gotCode(await giveCode(visit, code))).toBe(true);
    const { keys } = await personNow(product, an);
    expect(keys.find(({ factor }) => factor === 'email-otp')?.detail).toBe('m…@example.net');
  });

  test('accepts no code that was sent to the old one', async () => {
    const an = await product.addPerson({ keys: ['token-card', 'email-otp'] });
    const before = product.mails.length;
    const visit = await begin(rp);
    await toProof(visit, an, 'email-otp');
    const code = await mailedCode(product, an.email, before);
    await changeTo(an, 'elsewhere@example.net');
    expect([gotCode(await giveCode(visit, code)), reasonOf(await look(visit))]).toEqual([false, 'code_wrong']);
  });
});

describe('A-217 the address is changed', () => {
  test('by no proof that is weaker than the strongest key: a copied card changes nothing', async () => {
    const an = await product.addPerson({ keys: ['token-card', 'authenticator-app'] });
    const before = product.mails.length;
    const visit = await begin(rp);
    const page = await toWizard(visit, an);
    // The card permits another weak key at most, and no change of the address.
    expect(stepOf(page)).toBe('confirm-email');
    expect(page.body).not.toContain('value="change"');
    for (const fields of [
      { action: 'change' },
      { action: 'continue', email: 'thief@example.org' },
      { action: 'resend', email: 'thief@example.org' },
    ])
      await send(visit, 'confirm-email', fields);
    await product.app.flush();
    expect(product.mails.slice(before).filter(({ to }) => to === 'thief@example.org')).toEqual([]);
    expect(await addressOf(an)).toBe(an.email);
  });

  test('nor after a stronger key was bound between the code and its answer', async () => {
    const an = await product.addPerson();
    const visit = await begin(rp);
    await toWizard(visit, an);
    const code = await ask(visit, 'thief@example.org');
    await product.services.people.change(an.person.id, (person) => {
      const [key] = person.keys;
      return key && { ...person, keys: [...person.keys, { ...key, id: 'other', strength: 'high' }] };
    });
    expect(reasonOf(await send(visit, 'confirm-email', { action: 'continue', code }))).toBe('stronger_proof_needed');
    expect(await addressOf(an)).toBe(an.email);
  });

  test.each([
    [0, 'confirm-email', undefined],
    [1, 'prove-key', 'proof_too_old'],
  ] as const)('by a proof of at most five minutes: and %i ms', async (more, step, reason) => {
    const an = await product.addPerson();
    const visit = await begin(rp);
    await toWizard(visit, an);
    const before = product.mails.length;
    product.clock.advance(5 * 60_000 + more);
    await send(visit, 'confirm-email', { action: 'change' });
    const page = await send(visit, 'confirm-email', { action: 'continue', email: 'later@example.net' });
    expect([stepOf(page), reasonOf(page)]).toEqual([step, reason]);
    if (reason === undefined) return;
    await product.app.flush();
    expect(product.mails.slice(before)).toEqual([]);
    // After another proof it continues.
    expect(stepOf(await giveCode(visit, cardCode(an, page)))).toBe('confirm-email');
    const code = await ask(visit, 'later@example.net');
    await send(visit, 'confirm-email', { action: 'continue', code });
    expect(await addressOf(an)).toBe('later@example.net');
  });
});

describe('A-217 a changed address is restored', () => {
  const restore = (an: NewPerson, address: string) =>
    restoreEmail(product.services, { person: an.username, address, by: 'cli:test', reason: 'it was not her' });

  test('from any that it had within seven days, with the key on it; both are told', async () => {
    const an = await product.addPerson({ keys: ['token-card', 'email-otp'] });
    await changeTo(an, 'first@example.net');
    const old = await product.mailTo(an.email, /f…@example\.net/);
    expect(old.text).toContain('helpdesk');
    await changeTo(an, 'second@example.net');
    expect(await restore(an, 'nobody@example.org')).toMatchObject({ ok: false });
    const before = product.mails.length;
    expect(await restore(an, an.email.toUpperCase())).toMatchObject({ ok: true });
    expect(await addressOf(an)).toBe(an.email);
    await product.app.flush();
    for (const to of [an.email, 'second@example.net'])
      expect(product.mails.slice(before).some((mail) => mail.to === to)).toBe(true);
    const visit = await begin(rp);
    await toProof(visit, an, 'email-otp');
    await mailedCode(product, an.email, before);
    expect(codeMailsTo('second@example.net', before)).toEqual([]);
    // The address set meanwhile is not a former address.
    expect(await restore(an, 'second@example.net')).toMatchObject({ ok: false });
  });

  test.each([
    [-1, true],
    [0, false],
  ])('until seven days are over: %i ms', async (away, ok) => {
    const an = await product.addPerson();
    await changeTo(an, 'other@example.net');
    const { formerEmails = [] } = await personNow(product, an);
    const until = formerEmails[0]?.until ?? 0;
    const now = product.clock.now();
    expect(until - now).toBe(7 * day);
    product.clock.set(until + away);
    expect(await restore(an, an.email)).toMatchObject({ ok });
    product.clock.set(now);
  });
});

describe('A-020 one live code for each purpose and person', () => {
  test('a newer code for the mailbox ends the older one, in another sign-in too', async () => {
    const an = await product.addPerson();
    const [one, other] = [await begin(rp), await begin(rp)];
    for (const visit of [one, other]) await toWizard(visit, an);
    const first = await ask(one, 'new@example.net');
    const second = await ask(other, 'new@example.net');
    expect(reasonOf(await send(one, 'confirm-email', { action: 'continue', code: first }))).toBe('code_replaced');
    expect(await addressOf(an)).toBe(an.email);
    await send(other, 'confirm-email', { action: 'continue', code: second });
    expect(await addressOf(an)).toBe('new@example.net');
    // After the newest was answered, none is valid.
    expect(reasonOf(await send(one, 'confirm-email', { action: 'continue', code: second }))).toBe('code_replaced');
  });

  test('a newer code for an activation ends the older one', async () => {
    const an = await product.addPerson();
    const [one, other] = [await begin(rp), await begin(rp)];
    const codes: string[] = [];
    for (const visit of [one, other]) {
      await toWizard(visit, an);
      await send(visit, 'confirm-email', { action: 'continue' });
      product.clock.advance(2_000);
      const before = product.mails.length;
      await send(visit, 'select-key', { key: 'email-otp' });
      codes.push(await mailedCode(product, an.email, before));
    }
    const page = await send(one, 'activate-key', { action: 'continue', code: codes[0] ?? '' });
    expect(reasonOf(page)).toBe('code_replaced');
    expect(stepOf(await send(other, 'activate-key', { action: 'continue', code: codes[1] ?? '' }))).toBe('done');
  });

  test('a newer code for a key ends the older one, also once the newer one was answered', async () => {
    const an = await product.addPerson({ keys: ['email-otp'] });
    const [one, other] = [await begin(rp), await begin(rp)];
    const codes: string[] = [];
    for (const visit of [one, other]) {
      product.clock.advance(2_000);
      const before = product.mails.length;
      await toProof(visit, an, 'email-otp');
      codes.push(await mailedCode(product, an.email, before));
    }
    expect(reasonOf(await giveCode(one, codes[0] ?? ''))).toBe('code_replaced');
    expect(gotCode(await giveCode(other, codes[1] ?? ''))).toBe(true);
    expect(reasonOf(await giveCode(one, codes[0] ?? '', {}, 1))).toBe('code_replaced');
    const { keys } = await personNow(product, an);
    expect(keys[0]?.attempts.count).toBe(0);
  });
});
