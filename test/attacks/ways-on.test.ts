import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { begin, reasonOf, stepOf } from './visitor.ts';

const url = 'https://tax.example/start?a=1&b=2';
const link = '<a href="https://tax.example/start?a&#x3D;1&amp;b&#x3D;2">Go to Tax office</a>';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    clients: [
      {
        id: 'rp',
        name: 'Tax office',
        url,
        secret: 'a-secret-of-the-relying-party-1',
        redirectUris: ['https://rp.example/callback'],
      },
    ],
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

test('A-215 a browser that keeps no cookies is told so, and where to go', async () => {
  const agent = new HttpAgent();
  const redirect = await agent.get((await rp.begin()).url, { follow: 'no' });
  agent.forgetCookies();
  const page = await agent.get(redirect.headers.location ?? '');
  expect([page.status, stepOf(page), reasonOf(page)]).toEqual([403, 'refused', 'cookies_missing']);
  expect(page.body).toContain(link);
});

test('A-215 a foreign link, a request that is wrong and the page after signing out lead to the service', async () => {
  const { base } = await begin(rp);
  const { agent } = await begin(rp);
  const foreign = await agent.get(base);
  expect([reasonOf(foreign), foreign.body.includes(link)]).toEqual(['interaction_foreign', true]);
  const wrong = await agent.get((await rp.begin({ redirect_uri: 'https://evil.example/' })).url);
  expect([reasonOf(wrong), wrong.body.includes(link)]).toEqual(['request_invalid', true]);
  const asked = await agent.get(`${product.issuer}/session/end?client_id=rp`);
  const out = await agent.submit(asked, { logout: 'yes' });
  expect([stepOf(out), out.body.includes(link)]).toEqual(['signed-out', true]);
  // Nobody’s page names no service.
  expect((await agent.get(`${product.issuer}/nothing`)).body).not.toContain('tax.example');
});
