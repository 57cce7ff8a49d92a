// Which claims a relying party gets in the ID token and at userinfo, by its entry: the rule, then a real client.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { claimsByScope } from '../config/claims-schema.ts';
import { ada, relyingParty, signIn, startBench, type Bench } from '../test/harness/engine-bench.ts';
import { claimsOfScopes } from './accounts.ts';
import { claimsGiven, namesOf, type ClientClaims } from './client-claims.ts';

const known = { sub: 'ada', name: 'Ada', email: 'a@x.example', email_verified: true, groups: ['g'], locale: 'nl' };
const given = (client: ClientClaims, use: 'id_token' | 'userinfo', scope: string, named: readonly string[] = []) =>
  Object.keys(claimsGiven(client, known, { use, scopes: scope.split(' '), named })).toSorted();

test('A-545 the configuration and the provider know the same claims of each scope', () => {
  const { openid: _openid, ...others } = claimsOfScopes;
  expect(others).toEqual(claimsByScope);
});

test.each<[string, ClientClaims, 'id_token' | 'userinfo', string, readonly string[], readonly string[]]>([
  ['ID token by default', {}, 'id_token', 'openid email', [], ['sub']],
  ['and what is asked by name', {}, 'id_token', 'openid email', ['email'], ['email', 'sub']],
  ['true', { idTokenClaims: true }, 'id_token', 'openid email', [], ['email', 'email_verified', 'sub']],
  ['a list', { idTokenClaims: ['email', 'name'] }, 'id_token', 'openid email', [], ['email', 'sub']],
  ['an empty list', { idTokenClaims: [] }, 'id_token', 'openid email', [], ['sub']],
  ['userinfo by default', {}, 'userinfo', 'openid email', [], ['email', 'email_verified', 'sub']],
  ['userinfo by a list', { userinfoClaims: ['email'] }, 'userinfo', 'openid email', ['name'], ['email', 'sub']],
  ['an empty list at userinfo', { userinfoClaims: [] }, 'userinfo', 'openid email', ['name'], ['sub']],
  [
    'mapped, with its scope',
    { claims: { roles: { from: 'groups' } } },
    'userinfo',
    'openid groups',
    [],
    ['groups', 'roles', 'sub'],
  ],
  [
    'mapped, without its scope',
    { claims: { roles: { from: 'groups' } } },
    'userinfo',
    'openid email',
    [],
    ['email', 'email_verified', 'sub'],
  ],
  [
    'a standard name from a scope that is not granted',
    { claims: { name: { from: 'email' } } },
    'userinfo',
    'openid profile',
    [],
    ['locale', 'sub'],
  ],
  ['fixed', { claims: { tenant: { value: 'acme' } } }, 'userinfo', 'openid', [], ['sub', 'tenant']],
  [
    'fixed, not in the ID token by default',
    { claims: { tenant: { value: 'acme' } } },
    'id_token',
    'openid',
    [],
    ['sub'],
  ],
])('A-545 claims: %s', (_what, client, use, scope, named, expected) => {
  expect(given(client, use, scope, named)).toEqual(expected);
});

test('A-545 a name of every object is no mapping, and `sub` is never given by another value', () => {
  expect(given({ claims: {} }, 'userinfo', 'openid', ['constructor', 'toString'])).toEqual(
    expect.not.arrayContaining(['roles']),
  );
  expect(claimsGiven({ claims: { sub: { value: 'x' } } }, known, { use: 'userinfo', scopes: [], named: [] }).sub).toBe(
    'ada',
  );
  expect(namesOf({}, ['openid', 'constructor'])).toEqual(new Set());
});

const secret = 'a-secret-of-more-than-32-characters-00';
const redirectUri = 'https://app.example/cb';
const plain = { name: 'App', secret, redirectUris: [redirectUri], scopes: ['openid', 'profile', 'email', 'groups'] };

describe('A-545 by a real client', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await startBench({
      clients: [
        { ...plain, id: 'standard' },
        { ...plain, id: 'whole', idTokenClaims: true, refresh: true, subject: 'public' },
        {
          ...plain,
          id: 'mapped',
          idTokenClaims: ['roles', 'preferred_username', 'https://acme.example/tenant'],
          userinfoClaims: ['email'],
          claims: {
            roles: { from: 'groups' },
            preferred_username: { from: 'email' },
            'https://acme.example/tenant': { value: ['acme', 'b'] },
          },
        },
        { ...plain, id: 'narrow', scopes: ['openid', 'email'], idTokenClaims: true },
      ],
    });
  });
  afterAll(() => bench.close());

  async function told(id: string, params: Record<string, string> = { scope: 'openid profile email groups' }) {
    const config = await relyingParty(bench, id, secret);
    const { tokens, claims } = await signIn(bench, config, redirectUri, params);
    const { iss, aud, exp, acr, amr, auth_time, ...others } = { ...claims };
    const person = Object.fromEntries(Object.entries(others).filter(([name]) => !/^(iat|nonce|at_hash)$/.test(name)));
    expect([iss, aud, typeof exp, typeof acr, amr, typeof auth_time]).toEqual([
      bench.issuer,
      id,
      'number',
      'string',
      ['pwd', 'otp'],
      'number',
    ]);
    const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '');
    return { person, userinfo, tokens, config };
  }

  test('the default is the standard’s: userinfo has them, the ID token none', async () => {
    const { person, userinfo } = await told('standard');
    expect(Object.keys(person)).toEqual(['sub']);
    expect(userinfo).toMatchObject({ name: 'Ada Lovelace', email: ada.email, groups: ada.groups });
  });

  test('`true` gives what the granted scopes allow, in refreshed ID tokens too, with a public sub', async () => {
    const { person, userinfo, tokens, config } = await told('whole');
    expect(person).toEqual(userinfo);
    expect(person).toMatchObject({ sub: ada.id, name: 'Ada Lovelace', email: ada.email, groups: ada.groups });
    const again = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(again.claims()).toMatchObject({ sub: ada.id, name: 'Ada Lovelace', email: ada.email, groups: ada.groups });
    const { person: less } = await told('whole', { scope: 'openid email' });
    expect(less).toEqual({ sub: ada.id, email: ada.email, email_verified: true });
  });

  test('lists, mapped and fixed values', async () => {
    const { person, userinfo } = await told('mapped');
    expect(person).toEqual({
      sub: expect.any(String),
      roles: ada.groups,
      preferred_username: ada.email,
      'https://acme.example/tenant': ['acme', 'b'],
    });
    expect(userinfo).toEqual({ sub: person['sub'], email: ada.email });
  });

  test('no claim of a scope that the client may not have, however it asks (B9-07)', async () => {
    const asked = { name: null, groups: { essential: true }, roles: null, email: null };
    const { person, userinfo, tokens } = await told('narrow', {
      scope: 'openid profile email groups',
      claims: JSON.stringify({ id_token: asked, userinfo: asked }),
    });
    expect(person).toEqual({ sub: expect.any(String), email: ada.email, email_verified: true });
    expect(userinfo).toEqual(person);
    expect(tokens.scope).toBe('openid email');
  });

  test('a mapped claim can be asked by name, if its source may be given', async () => {
    const { person } = await told('mapped', {
      scope: 'openid',
      claims: JSON.stringify({ id_token: { roles: null, name: null } }),
    });
    expect(person).toMatchObject({ roles: ada.groups, name: 'Ada Lovelace' });
  });

  test('discovery lists further claims of clients', async () => {
    const { body } = await bench.agent().get(`${bench.issuer}/.well-known/openid-configuration`);
    expect((JSON.parse(body) as { claims_supported: string[] }).claims_supported).toEqual(
      expect.arrayContaining(['roles', 'https://acme.example/tenant', 'groups', 'sub']),
    );
  });
});
