import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  cardCode,
  giveCode,
  givePassword,
  going,
  mailedCode,
  personNow,
  reasonOf,
  send,
  stepOf,
  type Visit,
} from './visitor.ts';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    ...going(),
    limits: { pauseAfter: 20, sendEverySeconds: 1, sendPerHour: 50, sendPerDay: 50 },
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

async function toAddress(person: NewPerson): Promise<Visit> {
  const visit = await begin(rp);
  await send(visit, 'choose-key', { key: 'token-card' });
  await send(visit, 'phase-out', { action: 'migrate' });
  await giveCode(visit, cardCode(person, await givePassword(visit, person)));
  expect(stepOf(await send(visit, 'confirm-email', { action: 'change' }))).toBe('confirm-email');
  return visit;
}
const ask = async (visit: Visit, email: string): Promise<string> => {
  const before = product.mails.length;
  product.clock.advance(2_000);
  await send(visit, 'confirm-email', { action: 'continue', email });
  return mailedCode(product, email, before);
};

describe('B4-11: a code proves the address that it was sent to, and no other', () => {
  test('requested for one, changed to another, with the first one’s code', async () => {
    const an = await product.addPerson();
    const visit = await toAddress(an);
    const first = await ask(visit, 'own@example.net');
    await send(visit, 'confirm-email', { action: 'change' });
    await ask(visit, 'victim@example.net');
    const page = await send(visit, 'confirm-email', { action: 'continue', code: first, email: 'victim@example.net' });
    expect(reasonOf(page)).toBe('code_wrong');
    expect((await personNow(product, an)).email?.address).toBe(an.email);
  });

  test('another address beside the right code', async () => {
    const an = await product.addPerson();
    const visit = await toAddress(an);
    const code = await ask(visit, 'mine@example.net');
    await send(visit, 'confirm-email', {
      action: 'continue',
      code,
      email: 'victim@example.net',
      to: 'victim@example.net',
    });
    expect((await personNow(product, an)).email?.address).toBe('mine@example.net');
  });

  test('two changes at once: the result was proved by its own code', async () => {
    const an = await product.addPerson();
    const visit = await toAddress(an);
    const before = product.mails.length;
    await Promise.all(
      ['left@example.net', 'right@example.net'].map((email) =>
        send(visit, 'confirm-email', { action: 'continue', email }),
      ),
    );
    const codes = {
      left: await mailedCode(product, 'left@example.net', before),
      right: await mailedCode(product, 'right@example.net', before),
    };
    await send(visit, 'confirm-email', { action: 'continue', code: codes.left });
    const first = (await personNow(product, an)).email?.address;
    expect([an.email, 'left@example.net']).toContain(first);
    await send(visit, 'confirm-email', { action: 'continue', code: codes.right });
    const last = (await personNow(product, an)).email?.address;
    // Only the newest code is valid: if the page waits for the other one, neither changes anything.
    expect(first === an.email ? [an.email, 'right@example.net'] : ['left@example.net']).toContain(last);
  });

  test('one person’s code in another one’s sign-in', async () => {
    const [eve, an] = [await product.addPerson(), await product.addPerson()];
    const [hers, theirs] = [await toAddress(eve), await toAddress(an)];
    const code = await ask(hers, 'shared@example.net');
    await ask(theirs, 'shared@example.net');
    expect(reasonOf(await send(theirs, 'confirm-email', { action: 'continue', code }))).toBe('code_wrong');
    expect((await personNow(product, an)).email?.address).toBe(an.email);
  });

  test('a code for an address activates no key, and one for a key proves no address', async () => {
    const an = await product.addPerson();
    const visit = await toAddress(an);
    const forAddress = await ask(visit, an.email);
    await send(visit, 'confirm-email', { action: 'previous' });
    await send(visit, 'confirm-email', { action: 'continue' });
    product.clock.advance(2_000);
    const before = product.mails.length;
    expect(stepOf(await send(visit, 'select-key', { key: 'email-otp' }))).toBe('activate-key');
    const forKey = await mailedCode(product, an.email, before);
    expect(reasonOf(await send(visit, 'activate-key', { action: 'continue', code: forAddress }))).toBe('code_wrong');
    await send(visit, 'confirm-email', { action: 'change' });
    await ask(visit, an.email);
    expect(reasonOf(await send(visit, 'confirm-email', { action: 'continue', code: forKey }))).toBe('code_wrong');
  });

  test('the old address is told, and nothing changes before the code', async () => {
    const an = await product.addPerson();
    const visit = await toAddress(an);
    const code = await ask(visit, 'next@example.net');
    expect((await personNow(product, an)).email?.address).toBe(an.email);
    await send(visit, 'confirm-email', { action: 'continue', code });
    const notice = await product.mailTo(an.email);
    expect(notice.text).not.toContain('next@example.net');
    expect(notice.text).toContain('n…@example.net');
  });
});
