// Another program on the device says that it is a known application (RFC 8252 §8.6): its own scheme, and the addresses
// of the loopback, are anybody's there.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { begin, gotCode, reasonOf, send, signIn, staying, stepOf, type Visit } from './visitor.ts';

const [scheme, loopback, claimed] = ['com.example.app:/cb', 'http://127.0.0.1/cb', 'https://app.example/cb'];
const native = { application: 'native', redirectUris: [scheme, loopback, claimed] };
const clients = [
  { id: 'rp', secret: 'a-secret-of-the-relying-party-1', redirectUris: ['https://rp.example/callback'] },
  { ...native, id: 'app', name: 'Known App' },
  { ...native, id: 'theirs', name: 'Their App', thirdParty: true },
];

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({ ...staying, clients });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

/** Somebody who is signed in at a service in this browser. */
async function signedIn(): Promise<{ readonly an: NewPerson; readonly agent: HttpAgent }> {
  const an = await product.addPerson({ keys: ['token-card', 'authenticator-app'] });
  const visit = await begin(rp);
  expect(gotCode(await signIn(product, visit, an, 'token-card'))).toBe(true);
  return { an, agent: visit.agent };
}

const requestOf = (redirect_uri: string) => ({
  client_id: 'app',
  response_type: 'code',
  scope: 'openid profile',
  redirect_uri,
  code_challenge: 'x'.repeat(43),
  code_challenge_method: 'S256',
});

/** A program opens the browser with this request. */
async function opened(agent: HttpAgent, redirect_uri: string, more: Readonly<Record<string, string>> = {}) {
  const query = new URLSearchParams({ ...requestOf(redirect_uri), ...more });
  const page = await agent.get(`${product.issuer}/auth?${query.toString()}`, { from: undefined });
  const base = /^.*\/interaction\/[^/]+/.exec(page.url)?.[0] ?? '';
  const visit: Visit = { agent, base, page, pending: undefined as never };
  return visit;
}
const answerOf = (page: Page): string =>
  [...(page.left?.searchParams.entries() ?? [])].filter(([name]) => /^(code|error)$/.test(name))[0]?.join(' ') ?? '';

test('A-693 no program gets a code at its own scheme without the person', async () => {
  const { agent } = await signedIn();
  const visit = await opened(agent, scheme);
  expect([stepOf(visit.page), visit.page.body.includes('Did you not just open Known App?')]).toEqual([
    'select-account',
    true,
  ]);
  expect(answerOf((await opened(agent, scheme, { prompt: 'none' })).page)).toBe('error account_selection_required');
  // The address of the end opens nothing.
  const resumed = await agent.get(`${product.issuer}/auth/${visit.base.split('/').at(-1)}`);
  expect(answerOf(resumed)).not.toMatch(/^code/);
  const again = await opened(agent, scheme);
  expect(reasonOf(await send(again, 'select-account', { action: 'x' }))).toBe('choice_unknown');
  expect(answerOf(await send(again, 'select-account', { action: 'continue' }))).toMatch(/^code /);
  // What was said once counts once.
  expect(stepOf((await opened(agent, scheme)).page)).toBe('select-account');
});

test('A-693 nor at any port of the loopback, also by a pushed request', async () => {
  const { agent } = await signedIn();
  expect(stepOf((await opened(agent, 'http://127.0.0.1:5123/cb')).page)).toBe('select-account');
  const request = requestOf('http://127.0.0.1:5124/cb');
  const pushed = await fetch(`${product.issuer}/par`, { method: 'POST', body: new URLSearchParams(request) });
  const { request_uri = '' } = (await pushed.json()) as { readonly request_uri?: string };
  const query = new URLSearchParams({ client_id: 'app', request_uri }).toString();
  expect(stepOf(await agent.get(`${product.issuer}/auth?${query}`, { from: undefined }))).toBe('select-account');
});

test('A-693 an address that the application has claimed is answered at once, and so is nobody’s first sign-in', async () => {
  const { agent } = await signedIn();
  expect(answerOf((await opened(agent, claimed)).page)).toMatch(/^code /);
  const an = await product.addPerson({ keys: ['token-card', 'authenticator-app'] });
  const fresh = await begin(rp);
  const visit = await opened(fresh.agent, scheme);
  expect(stepOf(visit.page)).toBe('choose-key');
  expect(answerOf(await signIn(product, visit, an, 'token-card'))).toMatch(/^code /);
  expect(answerOf((await opened(new HttpAgent(), scheme, { prompt: 'none' })).page)).toBe('error login_required');
});

test('A-693 a third party’s application is asked about once for its data, and each time before it gets a code', async () => {
  const { agent } = await signedIn();
  const first = await opened(agent, scheme, { client_id: 'theirs' });
  expect(stepOf(first.page)).toBe('consent');
  expect(answerOf(await send(first, 'consent', { action: 'allow' }))).toMatch(/^code /);
  const second = await opened(agent, scheme, { client_id: 'theirs' });
  expect(stepOf(second.page)).toBe('select-account');
  expect(answerOf(await send(second, 'select-account', { action: 'continue' }))).toMatch(/^code /);
});
