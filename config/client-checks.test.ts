import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { checkApplication, checkAuthentication, checkProfile, checkThirdParty } from './client-checks.ts';
import { clientSchema } from './client-schema.ts';

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwks = { keys: [publicKey.export({ format: 'jwk' })] };
const schema = clientSchema(['app']);

function faults(entry: Readonly<Record<string, unknown>>): readonly string[] {
  const client = schema.parse({ id: 'rp', redirectUris: ['https://rp.example/cb'], ...entry });
  return [checkApplication, checkProfile, checkAuthentication].flatMap((check) =>
    check(client, ['clients', 0]).map(({ path, says }) => `${path.slice(2).join('.')}: ${says}`),
  );
}

test('A-552 the smallest entry of a native application: public, with PKCE', () => {
  const entry = {
    application: 'native',
    redirectUris: ['http://127.0.0.1/cb', 'http://[::1]/cb', 'com.example.app:/cb'],
  };
  expect(faults(entry)).toEqual([]);
  expect(schema.parse({ id: 'rp', ...entry })).toMatchObject({ tokenEndpointAuthMethod: 'none', pkce: 'required' });
});

test.each<[Readonly<Record<string, unknown>>, RegExp]>([
  [
    { application: 'native', redirectUris: ['http://localhost/cb'] },
    /^redirectUris\.0: expected http:\/\/127\.0\.0\.1/,
  ],
  [{ application: 'native', redirectUris: ['http://rp.example/cb'] }, /^redirectUris\.0: /],
  [{ application: 'native', redirectUris: ['https://localhost/cb'] }, /^redirectUris\.0: expected a host of its own/],
  [
    { application: 'native', tokenEndpointAuthMethod: 'client_secret_basic', secret: 'x'.repeat(16) },
    /keeps no secret/,
  ],
  [{ application: 'native', pkce: 'optional' }, /^pkce: must not be lifted/],
  [{ application: 'native', secret: 'x'.repeat(16) }, /^secret: is not for none/],
  [{ redirectUris: ['com.example.app:/cb'], secret: 'x'.repeat(16) }, /needs `application: native`/],
  [{ postLogoutRedirectUris: ['com.example.app:/cb'], secret: 'x'.repeat(16) }, /^postLogoutRedirectUris\.0: /],
])('A-552 %j', (entry, says) => {
  expect(faults(entry)).toEqual([expect.stringMatching(says)]);
});

test.each(['myapp:/cb', 'javascript:alert(1)', '//rp.example/cb', 'com.example.app:/cb#x', 'https://a@rp.example/'])(
  'A-552 no redirect address: %s',
  (uri) => {
    expect(schema.safeParse({ id: 'rp', application: 'native', redirectUris: [uri] }).success).toBe(false);
  },
);

test('A-555 `profile: fapi2` and keys are a whole entry', () => {
  expect(faults({ profile: 'fapi2', jwks })).toEqual([]);
  expect(schema.parse({ id: 'rp', redirectUris: ['https://rp.example/cb'], profile: 'fapi2', jwks })).toMatchObject({
    tokenEndpointAuthMethod: 'private_key_jwt',
    pkce: 'required',
    idTokenAlg: 'ES256',
    requirePushedRequests: true,
    requireDpop: true,
  });
});

test.each<[Readonly<Record<string, unknown>>, RegExp]>([
  [{ requireDpop: false }, /^requireDpop: contradicts `profile: fapi2`, which needs true/],
  [{ requirePushedRequests: false }, /^requirePushedRequests: contradicts/],
  [{ pkce: 'optional' }, /^pkce: contradicts/],
  [{ idTokenAlg: 'RS256' }, /^idTokenAlg: contradicts `profile: fapi2`, which needs ES256/],
  [{ jwks: { keys: [{ ...jwks.keys[0], alg: 'RS256' }] } }, /^jwks\.keys\.0\.alg: contradicts/],
  [{ redirectUris: ['http://rp.example/cb'] }, /^redirectUris\.0: contradicts/],
  [{ deviceGrant: true }, /^deviceGrant: contradicts/],
])('A-555 refused: %j', (entry, says) => {
  expect(faults({ profile: 'fapi2', jwks, ...entry })).toEqual([expect.stringMatching(says)]);
});

test('A-555 a secret instead of a key is refused', () => {
  expect(
    faults({ profile: 'fapi2', tokenEndpointAuthMethod: 'client_secret_basic', secret: 'x'.repeat(32) }).join('\n'),
  ).toMatch(/tokenEndpointAuthMethod: contradicts/);
});

test.each(['https://app.example/', 'a:b', 'tax@realm', 'a/b'])('A-554 the id %s', (id) => {
  expect(schema.parse({ id, redirectUris: ['https://rp.example/cb'] }).id).toBe(id);
});

test.each(['', ' a', 'a b', '/a', '@a', 'a?b', 'a#b', 'é', 'a'.repeat(201)])('A-554 not the id %j', (id) => {
  expect(schema.safeParse({ id, redirectUris: ['https://rp.example/cb'] }).success).toBe(false);
});

test('A-684 links of a third party lead to web pages, and stand only where people are asked', () => {
  const entry = { id: 'rp', redirectUris: ['https://rp.example/cb'], secret: 'x'.repeat(16) };
  for (const uri of ['javascript:alert(1)', 'data:text/html,x', 'rp.example/terms', '//rp.example/terms', ''])
    for (const name of ['tosUri', 'policyUri'])
      expect([uri, schema.safeParse({ ...entry, thirdParty: true, [name]: uri }).success]).toEqual([uri, false]);
  const links = { tosUri: 'https://rp.example/terms', policyUri: 'https://rp.example/privacy' };
  const found = (more: object) =>
    checkThirdParty(schema.parse({ ...entry, ...links, ...more }), { apis: [] }, ['clients', 0]).map(({ path }) =>
      path.join('.'),
    );
  expect([found({ thirdParty: true }), found({})]).toEqual([[], ['clients.0.tosUri', 'clients.0.policyUri']]);
});

test('A-684 a scope of an API that a third party may ask for needs words', () => {
  const client = schema.parse({
    id: 'rp',
    redirectUris: ['https://rp.example/cb'],
    secret: 'x'.repeat(16),
    thirdParty: true,
  });
  const api = {
    resource: 'https://api.example/',
    scopes: ['read', 'write'],
    scopeTexts: { read: 'See your orders' },
    clients: { rp: ['read', 'write'], other: ['write'] },
    introspectedBy: [],
    accessToken: { format: 'jwt', minutes: 10 } as const,
  };
  const found = checkThirdParty(client, { apis: [api] }, ['clients', 0]);
  expect(found.map(({ path }) => path.join('.'))).toEqual(['apis.0.scopeTexts.write']);
  expect(checkThirdParty({ ...client, thirdParty: false }, { apis: [api] }, ['clients', 0])).toEqual([]);
});

test.each(['tls_client_auth', 'self_signed_tls_client_auth'])('A-449 no client has the method %s', (method) => {
  const entry = { id: 'rp', redirectUris: ['https://rp.example/cb'], jwks, tokenEndpointAuthMethod: method };
  const read = schema.safeParse(entry);
  expect(read.error?.issues.map(({ path }) => path.join('.'))).toEqual(['tokenEndpointAuthMethod']);
});
