// Clients of the FAPI 2.0 Security Profile: their own keys, pushed requests, tokens bound to a key.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { ask, startBench, walk, type Bench } from '../test/harness/engine-bench.ts';

const redirectUri = 'https://app.example/cb';
// Objects of jest's own copy come from another realm, and the engine does not accept them as plain objects.
globalThis.structuredClone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

let bench: Bench;
let key: oidc.CryptoKey;
let rsa: { readonly privateKey: oidc.CryptoKey; readonly publicKey: oidc.CryptoKey };
beforeAll(async () => {
  const { privateKey, publicKey } = await oidc.randomDPoPKeyPair('ES256', { extractable: true });
  key = privateKey;
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
  const client = {
    name: 'Bound',
    redirectUris: [redirectUri],
    tokenEndpointAuthMethod: 'private_key_jwt',
    jwks: { keys: [{ kty, crv, x, y, alg: 'ES256', use: 'sig' }] },
    refresh: true,
  } as const;
  rsa = await crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
    true,
    ['sign', 'verify'],
  );
  const { n, e } = await crypto.subtle.exportKey('jwk', rsa.publicKey);
  bench = await startBench({
    clients: [
      { ...client, id: 'bound', requireDpop: true, requirePushedRequests: true },
      { ...client, id: 'bearer' },
      {
        ...client,
        id: 'bank',
        profile: 'fapi2',
        requireDpop: true,
        requirePushedRequests: true,
        jwks: { keys: [{ kty: 'RSA', n, e }] },
      },
      { ...client, id: 'plain-rsa', jwks: { keys: [{ kty: 'RSA', n, e }] } },
    ],
    // A second use without grace; with a grace: refresh-grace.test.ts.
    settings: { refreshGraceSeconds: 0 },
  });
});
afterAll(() => bench.close());

async function known(id: string, audience?: oidc.JsonValue, signs = key) {
  const auth = oidc.PrivateKeyJwt(signs, {
    [oidc.modifyAssertion]: (_header, payload) => {
      if (audience !== undefined) payload['aud'] = audience;
    },
  });
  return oidc.discovery(new URL(bench.issuer), id, {}, auth, {
    execute: [oidc.allowInsecureRequests],
    [oidc.customFetch]: bench.agent().fetch as oidc.CustomFetch,
  });
}

/** As `ask`, by a pushed request. */
async function push(config: oidc.Configuration) {
  const asking = await ask(config, redirectUri);
  return { ...asking, url: await oidc.buildAuthorizationUrlWithPAR(config, asking.url.searchParams) };
}

async function signedIn(id: string) {
  const config = await known(id);
  const proving = async () => ({ DPoP: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256')) });
  const asking = await push(config);
  const page = await walk(bench.agent(), asking);
  const tokens = await oidc.authorizationCodeGrant(
    config,
    page.left ?? new URL('about:blank'),
    { pkceCodeVerifier: asking.verifier, expectedState: asking.state, expectedNonce: asking.nonce },
    undefined,
    await proving(),
  );
  return { config, proving, refreshToken: tokens.refresh_token ?? '' };
}

test('a bound refresh token stays the same, so that a lost answer does no harm (FAPI 2.0 §5.3.2.1)', async () => {
  const { config, proving, refreshToken } = await signedIn('bound');
  for (let use = 0; use < 3; use += 1) {
    const tokens = await oidc.refreshTokenGrant(config, refreshToken, undefined, await proving());
    expect(tokens.token_type).toBe('dpop');
    expect(tokens.refresh_token ?? refreshToken).toBe(refreshToken);
  }
  await expect(oidc.refreshTokenGrant(config, refreshToken)).rejects.toMatchObject({ error: 'invalid_grant' });
});

test('a key of the client alone is not enough: the second use of a replaced one ends the family (B3-06)', async () => {
  const { config, refreshToken } = await signedIn('bearer');
  const second = await oidc.refreshTokenGrant(config, refreshToken);
  expect(second.refresh_token).not.toBe(refreshToken);
  await expect(oidc.refreshTokenGrant(config, refreshToken)).rejects.toMatchObject({ error: 'invalid_grant' });
  await expect(oidc.refreshTokenGrant(config, second.refresh_token ?? '')).rejects.toMatchObject({
    error: 'invalid_grant',
  });
});

test('the audience of an assertion is exactly the issuer: nobody else can use it (B9-05)', async () => {
  for (const audience of [`${bench.issuer}/token`, `${bench.issuer}/par`, [bench.issuer], `${bench.issuer}/`])
    await expect(push(await known('bound', audience))).rejects.toMatchObject({ error: 'invalid_client' });
  expect((await push(await known('bound', bench.issuer))).url.searchParams.has('request_uri')).toBe(true);
  // Other clients use the audiences of OpenID Connect Core 1.0 §9.
  expect((await push(await known('bearer', `${bench.issuer}/token`))).url.searchParams.has('request_uri')).toBe(true);
});

test('A-606 RS256 signs no assertion of such a client; PS256 with the same key does (FAPI 2.0 §5.4.1)', async () => {
  const jwk = await crypto.subtle.exportKey('jwk', rsa.privateKey);
  const { alg: _alg, ...plain } = jwk;
  const pss = await crypto.subtle.importKey('jwk', plain, { name: 'RSA-PSS', hash: 'SHA-256' }, false, ['sign']);
  await expect(push(await known('bank', undefined, rsa.privateKey))).rejects.toMatchObject({ error: 'invalid_client' });
  expect((await push(await known('bank', undefined, pss))).url.searchParams.has('request_uri')).toBe(true);
  expect((await push(await known('plain-rsa', undefined, rsa.privateKey))).url.searchParams.has('request_uri')).toBe(
    true,
  );
});

test('A-449 a certificate in a header proves no client, and discovery does not say that certificates are taken', async () => {
  const metadata = Object(await (await bench.agent().fetch(`${bench.issuer}/.well-known/openid-configuration`)).json());
  expect(JSON.stringify(metadata.token_endpoint_auth_methods_supported)).not.toContain('tls');
  expect(Object.keys(metadata).filter((name) => /tls|certificate/.test(name))).toEqual([]);
  const { publicKey } = await oidc.randomDPoPKeyPair('ES256', { extractable: true });
  const written = Buffer.from(await crypto.subtle.exportKey('spki', publicKey)).toString('base64');
  const pem = encodeURIComponent(`-----BEGIN CERTIFICATE-----\n${written}\n-----END CERTIFICATE-----\n`);
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'client-cert': `:${written}:`,
    'x-forwarded-client-cert': `Cert="${pem}"`,
    'x-forwarded-tls-client-cert': written,
    'x-ssl-cert': pem,
    'ssl-client-cert': pem,
    'x-ssl-client-verify': 'SUCCESS',
  };
  for (const path of ['par', 'token', 'token/introspection'])
    for (const id of ['bank', 'bound']) {
      const body = new URLSearchParams({ client_id: id, grant_type: 'authorization_code', code: 'x', token: 'x' });
      const answer = await bench
        .agent()
        .fetch(`${bench.issuer}/${path}`, { method: 'POST', headers, body: body.toString() });
      expect([path, answer.status, Object(await answer.json()).error]).toEqual([path, 401, 'invalid_client']);
    }
});
