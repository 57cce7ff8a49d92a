/** A product with two relying parties, and one in which a factor is being retired. */
import { afterAll, beforeAll } from '@jest/globals';
import { HttpAgent, type Cookie } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { going, gotCode, staying } from './visitor.ts';

const rules = { limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 } };
export const second = {
  id: 'second',
  secret: 'a-secret-of-the-relying-party-2',
  redirectUri: 'https://second.example/callback',
};

export let product: Product;
export let rp: RelyingParty;
export let secondRp: RelyingParty;
export let migrating: Product;
export let migratingRp: RelyingParty;

export const session = 'rekey-session';
/** The person that this browser is signed in as, without pages: the error, or the subject. */
export async function whoIs(agent: HttpAgent): Promise<string> {
  const pending = await rp.begin({ prompt: 'none' });
  const page = await agent.get(pending.url);
  if (!page.left) return `a page: ${page.status}`;
  return gotCode(page)
    ? ((await rp.finish(pending, page.left)).claims()?.sub ?? 'nobody')
    : (page.left.searchParams.get('error') ?? 'nothing');
}
export const plant = (agent: HttpAgent, cookies: readonly Cookie[]) => void agent.cookies.push(...cookies);

/** Starts the products before the tests of a file, and closes them after them. */
export function withTwoClients(): void {
  beforeAll(async () => {
    product = await startProduct(
      {
        ...staying,
        ...rules,
        clients: [
          {
            id: 'rp',
            secret: 'a-secret-of-the-relying-party-1',
            redirectUris: ['https://rp.example/callback'],
            postLogoutRedirectUris: ['https://rp.example/'],
          },
          { id: second.id, secret: second.secret, redirectUris: [second.redirectUri] },
        ],
      },
      { at: Date.now() },
    );
    rp = await relyingParty(product.issuer, product.client);
    secondRp = await relyingParty(product.issuer, second);
    migrating = await startProduct({ ...going(), ...rules });
    migratingRp = await relyingParty(migrating.issuer, migrating.client);
  });
  afterAll(async () => {
    await product.close();
    await migrating.close();
  });
}
