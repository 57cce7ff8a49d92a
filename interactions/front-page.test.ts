import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startProduct, type Product } from '../test/harness/product.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product.close());

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${product.issuer}${path}`, { headers: { accept: 'text/html', ...headers }, redirect: 'manual' });

test.each([
  ['nl', 'Proefdienst', 'Hier meldt u zich aan'],
  ['fr', 'Service d’essai', 'vous vous connectez'],
  ['de', 'Testdienst', 'Hier melden Sie sich'],
  ['en', 'Test service', 'where you sign in'],
  ['es', 'Test service', 'where you sign in'],
])('the front page names the service in the language of the browser: %s', async (language, heading, says) => {
  const answer = await get('/', { 'accept-language': `${language}-BE,${language};q=0.9` });
  expect(answer.status).toBe(200);
  const body = await answer.text();
  expect(body).toContain(`<h1>${heading}</h1>`);
  expect(body).toContain(says);
  expect(body).toContain('data-step="front"');
  expect(body.replaceAll(/rekey\.css/g, '')).not.toMatch(/rekey|oidc|openid|koa/i);
});

test('the front page keeps the chosen language; a relying party can ask for another', async () => {
  const switched = await get('/?language=fr', { 'accept-language': 'nl' });
  expect(switched.status).toBe(303);
  const cookies = switched.headers.getSetCookie();
  expect(cookies.map((one) => one.split('=')[0])).toEqual(['rekey_language']);
  const answer = await get('/', { cookie: cookies[0]?.split(';')[0] ?? '', 'accept-language': 'nl' });
  expect(await answer.text()).toContain('vous vous connectez');
});

test('the front page takes no POST, and other unknown addresses are not found', async () => {
  const posted = await fetch(`${product.issuer}/`, { method: 'POST' });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect((await fetch(`${product.issuer}/`, { method: 'HEAD' })).status).toBe(200);
  expect((await get('/nothing-here')).status).toBe(404);
});
