// The claims that a relying party gets about a person: by scope, by what is known, and by what the client may request.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { ada, relyingParty, signIn, startBench, type Bench } from '../test/harness/engine-bench.ts';

const redirectUri = 'https://app.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';
const plain = { id: 'plain', name: 'Plain', secret, redirectUris: [redirectUri] };
const known = {
  middle_name: 'King',
  nickname: 'Countess',
  profile: 'https://people.example/ada',
  picture: 'https://people.example/ada.png',
  website: 'https://ada.example/',
  gender: 'female',
  birthdate: '1815-12-10',
  zoneinfo: 'Europe/London',
  phone_number: '+447700900001',
  phone_number_verified: false,
  address: { locality: 'London', country: 'United Kingdom' },
};

let bench: Bench;
beforeAll(async () => {
  bench = await startBench({
    clients: [plain, { ...plain, id: 'whole', scopes: ['openid', 'profile', 'email', 'address', 'phone'] }],
  });
});
afterAll(() => bench.close());

const told = async (client: string, params: Record<string, string>): Promise<oidc.UserInfoResponse> => {
  const config = await relyingParty(bench, client, secret);
  const { tokens, claims } = await signIn(bench, config, redirectUri, params);
  return oidc.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '');
};
const scoped = (client: string, scope: string) => told(client, { scope: `openid ${scope}` });

test('discovery lists the scopes that at least one relying party may request', async () => {
  const answer = await bench.agent().get(`${bench.issuer}/.well-known/openid-configuration`);
  const document = JSON.parse(answer.body) as { scopes_supported: string[]; claims_supported: string[] };
  expect(document.scopes_supported.toSorted()).toEqual([
    'address',
    'email',
    'offline_access',
    'openid',
    'phone',
    'profile',
  ]);
  expect(document.claims_supported).toEqual(expect.arrayContaining(['birthdate', 'phone_number', 'address', 'acr']));
  expect(document.claims_supported).not.toContain('groups');
});

describe('claims of a person (OpenID Connect Core 1.0 §5.4)', () => {
  beforeAll(() => {
    bench.people.set(ada.id, { ...ada, claims: known, updatedAt: 1_700_000_000_999 });
  });

  test('each scope releases its own claims, and no other', async () => {
    const { phone_number, phone_number_verified, address, ...profile } = known;
    const sub = expect.any(String);
    expect(await scoped('whole', 'profile')).toEqual({
      ...profile,
      sub,
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      preferred_username: 'ada',
      locale: 'nl',
      updated_at: 1_700_000_000,
    });
    expect(await scoped('whole', 'phone')).toEqual({ sub, phone_number, phone_number_verified });
    expect(await scoped('whole', 'address')).toEqual({ sub, address });
    expect(await scoped('whole', 'email')).toEqual({ sub, email: ada.email, email_verified: true });
  });

  test('a relying party gets no claim of a scope that it may not request, however it asks', async () => {
    const config = await relyingParty(bench, 'plain', secret);
    const { tokens } = await signIn(bench, config, redirectUri, { scope: 'openid address' });
    expect(tokens.scope).toBe('openid');
    const claims = JSON.stringify({ userinfo: { address: null, phone_number: { essential: true }, nickname: null } });
    expect(await told('plain', { scope: 'openid', claims })).toEqual({
      sub: expect.any(String),
      nickname: 'Countess',
    });
  });
});

test('an unknown claim is left out', async () => {
  bench.people.set(ada.id, ada);
  expect(await scoped('whole', 'address phone')).toEqual({ sub: expect.any(String) });
  expect(await scoped('whole', 'profile')).not.toHaveProperty('updated_at');
});
