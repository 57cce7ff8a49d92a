// What somebody without an account makes the product keep, or tries without being counted: other spellings of paths,
// sessions for nobody, proofs of keys.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Storage } from '../../adapters/storage/port.ts';
import { freePort } from '../harness/free-port.ts';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { nodesOfRun } from '../harness/test-storage.ts';
import { going } from './visitor.ts';

const redirectUri = 'https://spa.example/cb';
const clients = [
  { id: 'tv', name: 'Television', deviceGrant: true, tokenEndpointAuthMethod: 'none' },
  { id: 'spa', name: 'Spa', redirectUris: [redirectUri], tokenEndpointAuthMethod: 'none' },
];
/** Sign-ins at once from one network: five minutes' worth, on each node. */
const most = 50 * nodesOfRun();
const tries = most + 20;

/** New documents by collection. */
const inserted = new Map<string, number>();
const counting = (storage: Storage): Storage => ({
  ...storage,
  collection(spec) {
    const documents = storage.collection(spec);
    return {
      ...documents,
      insert(...given) {
        inserted.set(spec.name, (inserted.get(spec.name) ?? 0) + 1);
        return documents.insert(...given);
      },
    };
  },
});

let product: Product;
beforeAll(async () => {
  const port = await freePort();
  const listening = { listen: { host: '127.0.0.1', port, proxy: true } };
  const limits = { wrongFromNetworkPerHour: 10, signInsFromNetworkPerMinute: 10, pauseAfter: 20 };
  product = await startProduct({ ...going(), ...listening, limits, clients }, { port, around: counting });
});
afterAll(() => product.close());

const request = {
  client_id: 'spa',
  response_type: 'code',
  scope: 'openid',
  redirect_uri: redirectUri,
  code_challenge: 'x'.repeat(43),
  code_challenge_method: 'S256',
};
const query = new URLSearchParams(request).toString();

async function status(path: string, from: string, init: RequestInit = {}): Promise<number> {
  const headers = { 'x-forwarded-for': from, ...(init.headers as Record<string, string>) };
  return (await fetch(product.issuer + path, { redirect: 'manual', ...init, headers })).status;
}
/** How many documents of a collection so many requests make. */
async function madeOf(collection: string, ask: (one: number) => Promise<unknown>): Promise<number> {
  inserted.clear();
  for (let one = 0; one < tries; one += 1) await ask(one);
  return inserted.get(collection) ?? 0;
}

test.each(['/Device', '/device/', '/DEVICE'])(
  'A-688 codes of devices are not guessed at %s, where nobody counts',
  async (path) => {
    const agent = new HttpAgent();
    const form = await agent.get(`${product.issuer}/device`);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(form.body)?.[1] ?? '';
    for (const from of [undefined, 'https://evil.example/'])
      expect(
        (await agent.post(product.issuer + path, { xsrf, user_code: 'BBBB-BBBB' }, from ? { from } : {})).status,
      ).toBe(404);
  },
);

test.each(['/AUTH', '/auth/', '/Auth'])('A-688 no sign-in begins at %s, where nobody counts', async (path) => {
  expect(await madeOf('interactions', () => status(`${path}?${query}`, '203.0.113.1'))).toBe(0);
});

test('A-689 a cookie that was made up is no session: pages for codes are counted as without it', async () => {
  const made = (one: number) =>
    status('/device', '203.0.113.2', { headers: { cookie: `rekey-session=made-up-${one}; rekey-session.sig=x` } });
  const sessions = await madeOf('oidc-session', made);
  expect([sessions > 0, sessions <= most]).toEqual([true, true]);
});

test.each(['', '?client_id=spa'])('A-689 a sign-out without a session is counted as a sign-in (%s)', async (query) => {
  const from = `203.0.113.${query.length + 3}`;
  const sessions = await madeOf('oidc-session', () => status(`/session/end${query}`, from));
  expect([sessions > 0, sessions <= most]).toEqual([true, true]);
  expect(await status(`/session/end${query}`, '203.0.113.90')).toBe(200);
});

test('A-689 a session that has ended gives no unlimited further ones', async () => {
  const agent = new HttpAgent();
  await agent.get(`${product.issuer}/device`);
  const cookie = agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  product.clock.advance(86_400_000);
  const dead = () => status('/device', '203.0.113.40', { headers: { cookie } });
  inserted.clear();
  for (let one = 0; one < 5 * most; one += 1) await dead();
  expect(inserted.get('oidc-session') ?? 0).toBeLessThanOrEqual(4 * most);
});

test('A-690 pushed requests of a public client keep no more proofs of keys than requests', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  const push = async (one: number): Promise<number> => {
    const claims = { htm: 'POST', htu: `${product.issuer}/par`, jti: `proof-${one}` };
    const header = { alg: 'ES256', typ: 'dpop+jwt', jwk };
    const dpop = await new SignJWT(claims).setProtectedHeader(header).setIssuedAt().sign(privateKey);
    const body = new URLSearchParams(request);
    return status('/par', '203.0.113.50', { method: 'POST', headers: { dpop }, body });
  };
  const proofs = await madeOf('oidc-replay-detection', push);
  expect([proofs, inserted.get('oidc-pushed-request')]).toEqual([most, most]);
});
