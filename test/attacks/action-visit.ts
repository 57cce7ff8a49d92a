// A visitor whom an application has asked for a change of the account (`rekey_action`).
import { expect } from '@jest/globals';
import type { HttpAgent, Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Overrides, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { begin, gotCode, personNow, signIn, type KeyKind, type Visit } from './visitor.ts';

export const minute = 60_000;

/** The settings of a relying party with one secret and one address for all. */
export const clientOf = (id: string, more: object = {}) => ({
  id,
  secret: 'a-secret-of-the-relying-party-1',
  redirectUris: ['https://rp.example/callback'],
  ...more,
});

interface AskedOverrides extends Overrides {
  readonly factors?: object;
  readonly clients?: readonly object[];
}

/**
 * A product with a relying party that may ask for these actions, and a card that can be copied: so keys of two
 * strengths.
 */
export async function startAsked(
  client: { readonly actions: readonly string[]; readonly refresh?: boolean },
  { factors = {}, clients = [], ...more }: AskedOverrides = {},
): Promise<Asker> {
  const card = { settings: { count: 8, warnAt: 2, reuse: 'reusable' } };
  const product = await startProduct({
    factors: { 'email-otp': {}, 'authenticator-app': {}, 'token-card': card, ...factors },
    limits: { pauseAfter: 20, sendEverySeconds: 1, sendPerHour: 100, sendPerDay: 100 },
    ...more,
    clients: [clientOf('rp', client), ...clients],
  });
  return { product, rp: await relyingParty(product.issuer, product.client) };
}

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
