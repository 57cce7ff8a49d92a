import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct();
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

const step = (page: Page) => /<main[^>]*data-step="([^"]+)"/.exec(page.body)?.[1];
const position = (page: Page) => /<main[^>]*data-position="([^"]+)"/.exec(page.body)?.[1] ?? '';

test('A3 sign in with the card', async () => {
  const an = await product.addPerson({ keys: ['token-card'] });
  const agent = new HttpAgent();
  const pending = await rp.begin();
  let page = await agent.get(pending.url);
  expect(step(page)).toBe('choose-key');
  page = await agent.submit(page, { key: 'token-card' });
  expect(step(page)).toBe('phase-out');
  page = await agent.submit(page, { action: 'postpone' });
  expect(step(page)).toBe('password');
  page = await agent.submit(page, { username: an.username, password: an.password, action: 'continue' });
  expect(step(page)).toBe('prove-key');
  page = await agent.submit(page, { code: an.card[position(page)] ?? '', action: 'continue' });
  if (!page.left) throw new Error(page.body);
  const tokens = await rp.finish(pending, page.left);
  expect(tokens.claims()).toMatchObject({ acr: 'urn:rekey:acr:low', amr: ['pwd', 'otp'] });
});
