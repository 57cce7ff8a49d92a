/** A product with two relying parties, one of which asks for a higher level. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { staying } from './visitor.ts';

export const rules = {
  limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 },
};
const strict = {
  id: 'strict',
  secret: 'a-secret-of-the-relying-party-2',
  redirectUri: 'https://strict.example/callback',
};
const clientOf = ({ id, secret, redirectUri }: typeof strict) => ({
  id,
  secret,
  redirectUris: [redirectUri],
  refresh: true,
});

export let product: Product;
export let rp: RelyingParty;
export let strictRp: RelyingParty;

/** No session at all: a request without pages finds nobody signed in. */
export async function knowsNobody(agent: HttpAgent): Promise<void> {
  const { url } = await rp.begin({ prompt: 'none' });
  const page = await agent.get(url);
  expect(page.left?.searchParams.get('error')).toBe('login_required');
}

/** Starts the product before the tests of a file, and closes it after them. */
export function withStrictClient(): void {
  beforeAll(async () => {
    product = await startProduct(
      {
        ...staying,
        ...rules,
        clients: [
          clientOf({ id: 'rp', secret: 'a-secret-of-the-relying-party-1', redirectUri: 'https://rp.example/callback' }),
          { ...clientOf(strict), level: 'substantial' },
        ],
      },
      { at: Date.now() },
    );
    rp = await relyingParty(product.issuer, product.client);
    strictRp = await relyingParty(product.issuer, strict);
  });
  afterAll(() => product.close());
}
