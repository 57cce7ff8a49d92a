// A deployment with levels of its own: other names, and demands on the proof of a key beside its strength.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { begin, giveCode, givePassword, gotCode, reasonOf, rightCode, send, stepOf } from '../attacks/visitor.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';

const eidas = (level: string) => `http://eidas.europa.eu/LoA/${level}`;
let product: Product;
let rp: RelyingParty;

beforeAll(async () => {
  product = await startProduct({
    // A code by mail proves no possession of anything.
    levels: { preset: 'eidas', low: { demands: ['possession'] }, substantial: { demands: ['possession'] } },
    acr: { single: 'urn:example:password' },
    factors: { 'email-otp': {}, 'authenticator-app': {}, 'token-card': { settings: { reuse: 'reusable' } } },
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

async function signIn(key: string, more: Readonly<Record<string, string>> = {}) {
  const an = await product.addPerson({ keys: ['email-otp', 'authenticator-app', 'token-card'] });
  const visit = await begin(rp, more);
  const before = product.mails.length;
  const chosen = await send(visit, 'choose-key', { key });
  const page = stepOf(chosen) === 'password' ? await givePassword(visit, an) : chosen;
  if (stepOf(page) !== 'prove-key') return { page, visit };
  return { page: await giveCode(visit, await rightCode(product, an, page, before)), visit };
}

test('A-582 the names of the levels are those of the preset, and discovery has those that can be reached', async () => {
  const answer = await fetch(`${product.issuer}/.well-known/openid-configuration`);
  const { acr_values_supported: supported } = (await answer.json()) as { readonly acr_values_supported: string[] };
  expect(supported).toEqual(['urn:example:password', eidas('low'), eidas('substantial')]);
  for (const [key, level] of [
    ['token-card', 'low'],
    ['authenticator-app', 'substantial'],
  ] as const) {
    const { page, visit } = await signIn(key);
    const tokens = await rp.finish(visit.pending, page.left ?? new URL('about:blank'));
    expect(tokens.claims()?.['acr']).toBe(eidas(level));
  }
});

test('A-582 a key that does not show what the level demands is not offered, and opens nothing', async () => {
  const { page: offered } = await begin(rp);
  expect([...offered.body.matchAll(/name="key" value="([^"]+)"/g)].map(([, key]) => key)).toEqual([
    'authenticator-app',
    'token-card',
  ]);
  const { page } = await signIn('email-otp');
  expect([stepOf(page), reasonOf(page), gotCode(page)]).toEqual(['choose-key', 'choice_unknown', false]);
  const { page: above } = await begin(rp, { acr_values: eidas('high') });
  expect(above.left?.searchParams.get('error')).toBe('unmet_authentication_requirements');
});
