import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { ask, startBench, walk, type Bench } from '../test/harness/engine-bench.ts';

const redirectUri = 'https://app.example/cb';
// Objects of jest's own copy come from another realm, and the engine does not accept them as plain objects.
globalThis.structuredClone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

let bench: Bench;
let key: oidc.CryptoKey;

beforeAll(async () => {
  const { privateKey, publicKey } = await oidc.randomDPoPKeyPair('ES256', { extractable: true });
  key = privateKey;
  bench = await startBench({
    clients: [
      {
        id: 'jwt',
        name: 'Jwt',
        redirectUris: [redirectUri],
        tokenEndpointAuthMethod: 'private_key_jwt',
        jwks: { keys: [await published(publicKey)] },
      },
    ],
  });
});
afterAll(() => bench.close());

/** The members of a key as a configuration has them. */
async function published(publicKey: oidc.CryptoKey): Promise<Record<string, unknown>> {
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
  return { kty, crv, x, y, alg: 'ES256', use: 'sig' };
}

/** openid-client with a hook that changes assertions just before they are signed. */
const relyingParty = (change: (payload: Record<string, oidc.JsonValue | undefined>) => void) =>
  oidc.discovery(
    new URL(bench.issuer),
    'jwt',
    {},
    oidc.PrivateKeyJwt(key, { [oidc.modifyAssertion]: (_header, payload) => change(payload) }),
    { execute: [oidc.allowInsecureRequests], [oidc.customFetch]: bench.agent().fetch as oidc.CustomFetch },
  );

/** Signs in and exchanges the code with that assertion. */
async function exchange(config: oidc.Configuration) {
  const asking = await ask(config, redirectUri);
  const page = await walk(bench.agent(), asking);
  return oidc.authorizationCodeGrant(config, page.left ?? new URL('about:blank'), {
    pkceCodeVerifier: asking.verifier,
    expectedState: asking.state,
    expectedNonce: asking.nonce,
  });
}

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

test('a client that signs its assertions gets its tokens, also when its clock is 8 s ahead', async () => {
  expect((await exchange(await relyingParty(() => {}))).access_token).toBeTruthy();
  const ahead = await relyingParty((payload) => {
    payload['nbf'] = payload['iat'] = inSeconds(8);
  });
  expect((await exchange(ahead)).access_token).toBeTruthy();
});

test.each<[string, (payload: Record<string, oidc.JsonValue | undefined>) => void]>([
  ['more than a minute ahead', (payload) => void (payload['nbf'] = inSeconds(61))],
  ['five minutes old', (payload) => void (payload['exp'] = inSeconds(-300))],
  ['for somebody else', (payload) => void (payload['aud'] = 'https://other.example')],
  ['without a subject', (payload) => void delete payload['sub']],
  ['in another’s name', (payload) => void (payload['sub'] = 'web')],
])('an assertion %s is refused', async (_how, change) => {
  await expect(exchange(await relyingParty(change))).rejects.toMatchObject({
    error: expect.stringMatching(/^invalid_(client|request)$/),
  });
});

test('A-097, B3-07: one assertion sent 16 times at once, and once more later, counts once', async () => {
  const jti = randomUUID();
  const config = await relyingParty((payload) => void (payload['jti'] = jti));
  const codes = await Promise.all(
    Array.from({ length: 16 }, async () => {
      const asking = await ask(config, redirectUri);
      return { asking, page: await walk(bench.agent(), asking) };
    }),
  );
  const settled = await Promise.allSettled(
    codes.map(({ asking, page }) =>
      oidc.authorizationCodeGrant(config, page.left ?? new URL('about:blank'), {
        pkceCodeVerifier: asking.verifier,
        expectedState: asking.state,
        expectedNonce: asking.nonce,
      }),
    ),
  );
  const refused = settled.filter((outcome) => outcome.status === 'rejected');
  expect(refused).toHaveLength(15);
  for (const { reason } of refused)
    expect(reason).toMatchObject({ error: expect.stringMatching(/^invalid_(client|grant)$/) });
  await expect(exchange(config)).rejects.toMatchObject({ error: 'invalid_client' });
});
