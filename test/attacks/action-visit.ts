// A visitor whom an application has asked for a change of the account (`rekey_action`).
import { expect } from '@jest/globals';
import type { HttpAgent, Page } from '../harness/http-agent.ts';
import type { NewPerson, Product } from '../harness/product.ts';
import type { RelyingParty } from '../harness/relying-party.ts';
import { appCode, begin, gotCode, mailedCode, personNow, send, signIn, type KeyKind, type Visit } from './visitor.ts';

export const minute = 60_000;

/** The settings of a relying party with one secret and one address for all. */
export const clientOf = (id: string, more: object = {}) => ({
  id,
  secret: 'a-secret-of-the-relying-party-1',
  redirectUris: ['https://rp.example/callback'],
  ...more,
});

export const keysOf = async (product: Product, an: NewPerson) =>
  (await personNow(product, an)).keys.map(({ factor, status }) => `${factor} ${status}`);

/** What the application is told. */
export const told = ({ left }: Page) =>
  left && {
    ...(left.searchParams.has('code') ? { code: true } : { error: left.searchParams.get('error') }),
    status: left.searchParams.get('rekey_action_status'),
  };
export const cancelled = { error: 'access_denied', status: 'cancelled' };
export const succeeded = { code: true, status: 'success' };

export interface Asker {
  readonly product: Product;
  readonly rp: RelyingParty;
}

/** A browser in which the person has just signed in with a key. */
export async function signedIn({ product, rp }: Asker, an: NewPerson, key: KeyKind = 'token-card'): Promise<HttpAgent> {
  const visit = await begin(rp);
  expect(gotCode(await signIn(product, visit, an, key))).toBe(true);
  return visit.agent;
}

export const ask = (
  { rp }: Asker,
  agent: HttpAgent,
  action: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Visit> => begin(rp, { agent, rekey_action: action, ...more });

export async function proveMailbox({ product }: Asker, visit: Visit, { email }: NewPerson): Promise<Page> {
  product.clock.advance(2_000);
  const before = product.mails.length;
  await send(visit, 'confirm-email', { action: 'continue' });
  return send(visit, 'confirm-email', { action: 'continue', code: await mailedCode(product, email, before) });
}

export async function activateApp({ product }: Asker, visit: Visit): Promise<Page> {
  const page = await send(visit, 'select-key', { key: 'authenticator-app' });
  const secret = /<code[^>]*>([A-Z2-7 ]+)<\/code>/.exec(page.body)?.[1] ?? '';
  return send(visit, 'activate-key', { action: 'continue', code: appCode(secret, product.clock.now()) });
}
