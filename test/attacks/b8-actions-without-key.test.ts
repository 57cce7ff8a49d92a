/** Actions of people who hold no key, where a password alone is enough: what the password permits, and what not. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { ask, clientOf, keysOf, minute, succeeded, told } from './action-visit.ts';
import {
  givePassword,
  mailedCode,
  personNow,
  reasonOf,
  send,
  staying,
  stepOf,
  type Visit,
  activateApp,
  proveMailbox,
} from './visitor.ts';

const actions = ['add-key', 'remove-key', 'change-password', 'change-email'];
let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    ...staying,
    password: { minimumLength: 15 },
    clients: [clientOf('rp', { actions, level: 'single' })],
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

const asker = () => ({ product, rp });
async function known(an: NewPerson, action: string): Promise<Visit> {
  const visit = await ask(asker(), new HttpAgent(), action);
  expect(stepOf(visit.page)).toBe('password');
  return { ...visit, page: await givePassword(visit, an) };
}
const address = async (an: NewPerson) => (await personNow(product, an)).email?.address;

test('A-420 a first key: by the password and the mailbox', async () => {
  const an = await product.addPerson({ keys: [] });
  const visit = await known(an, 'add-key');
  expect(stepOf(visit.page)).toBe('confirm-email');
  expect(stepOf(await send(visit, 'select-key', { key: 'authenticator-app' }))).toBe('confirm-email');
  await proveMailbox(product, visit, an);
  expect(stepOf(await activateApp(product, visit))).toBe('done');
  expect(told(await send(visit, 'done', { action: 'continue' }))).toEqual(succeeded);
  expect(await keysOf(product, an)).toEqual(['authenticator-app active']);
});

test('A-423 the password: by the present one', async () => {
  const an = await product.addPerson({ keys: [] });
  const visit = await known(an, 'change-password');
  const password = 'a sentence that nobody else has';
  await send(visit, 'new-password', { action: 'continue', password, again: password });
  expect(told(await send(visit, 'new-password', { action: 'continue' }))).toEqual(succeeded);
  expect((await personNow(product, an)).password?.hash).not.toBe(an.person.password?.hash);
});

test('A-424 the address: by a password of at most five minutes', async () => {
  const an = await product.addPerson({ keys: [] });
  const visit = await known(an, 'change-email');
  product.clock.advance(5 * minute + 1);
  const late = await send(visit, 'confirm-email', { action: 'continue', email: 'late@example.net' });
  expect([stepOf(late), reasonOf(late)]).toEqual(['password', 'proof_too_old']);
  expect(stepOf(await givePassword(visit, an))).toBe('confirm-email');
  const before = product.mails.length;
  await send(visit, 'confirm-email', { action: 'continue', email: 'early@example.net' });
  const code = await mailedCode(product, 'early@example.net', before);
  expect(told(await send(visit, 'confirm-email', { action: 'continue', code }))).toEqual(succeeded);
  expect(await address(an)).toBe('early@example.net');
});

test('A-424 nobody whose keys are all blocked or ended changes the address by the password', async () => {
  const an = await product.addPerson({ keys: ['authenticator-app'] });
  await product.services.people.change(an.person.id, (person) => ({
    ...person,
    keys: person.keys.map((key) => ({ ...key, status: 'blocked' as const })),
  }));
  for (const action of ['change-email', 'change-password', 'add-key']) {
    const { page } = await known(an, action);
    expect([action, stepOf(page), reasonOf(page)]).toEqual([action, 'refused', 'no_usable_key']);
  }
});

test('A-421 no key is removed that is not there', async () => {
  const an = await product.addPerson({ keys: [] });
  const { page } = await known(an, 'remove-key:abc');
  expect([stepOf(page), reasonOf(page)]).toEqual(['refused', 'key_unknown']);
});
