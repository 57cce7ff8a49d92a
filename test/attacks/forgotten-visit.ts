/** Moves through the pages of a forgotten password, on a product that allows them. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type PersonOptions, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { appCode, begin, giveCode, mailedCode, reasonOf, send, staying, stepOf, type Visit } from './visitor.ts';

export let product: Product;
export let rp: RelyingParty;

export const fresh = 'a sentence that nobody else has';
export const add = (options: PersonOptions = {}) => product.addPerson({ keys: ['authenticator-app'], ...options });

/** Asks for a code; the visit is then at the page `check-mailbox`. */
export async function ask(name: string, visit?: Visit): Promise<Visit & { readonly page: Page }> {
  const own = visit ?? (await begin(rp));
  await send(own, 'password', { action: 'forgotten' });
  return { ...own, page: await send(own, 'forgotten', { action: 'continue', username: name }) };
}
export const giveMailed = (visit: Visit, code: string, copy = 0): Promise<Page> =>
  send(visit, 'check-mailbox', { action: 'continue', code, copy: `${copy}` });
export const setPassword = (visit: Visit, password = fresh, again = password): Promise<Page> =>
  send(visit, 'new-password', { action: 'continue', password, again });
export async function toNewPassword(person: NewPerson, named = person.username): Promise<Visit> {
  const before = product.mails.length;
  const visit = await ask(named);
  const page = await giveMailed(visit, await mailedCode(product, person.email, before));
  expect([stepOf(page), reasonOf(page)]).toEqual(['prove-key', undefined]);
  expect(stepOf(await giveCode(visit, appCode(person.totp, product.clock.now())))).toBe('new-password');
  return visit;
}
/** Moves the clock, so that the app shows another code. */
export const later = (): void => product.clock.advance(61_000);

/** Starts the product before the tests of a file, and closes it after them. */
export function withForgottenPasswords(): void {
  beforeAll(async () => {
    product = await startProduct({
      ...staying,
      signIn: { order: 'name-first', interactionMinutes: 240 },
      password: { reset: 'everyone' },
    });
    rp = await relyingParty(product.issuer, product.client);
  });
  afterAll(() => product.close());
}
