// APIs: which client gets which token, what stands in it, who may look at it, and when it ends.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { acrs, ask, redeem, relyingParty, signIn, startBench, walk, type Bench } from '../test/harness/engine-bench.ts';
import type { ApiSettings } from './apis.ts';

const redirectUri = 'https://app.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';
const web = { id: 'web', name: 'Web', secret, redirectUris: [redirectUri], refresh: true };
const machine = { name: 'Machine', secret, redirectUris: [] };
const [orders, stock] = ['https://orders.example/', 'https://stock.example/v1'];
const api = (resource: string, more: Partial<ApiSettings>): ApiSettings => ({
  resource,
  clients: {},
  introspectedBy: [],
  accessToken: { format: 'opaque', minutes: 7 },
  ...more,
});

let bench: Bench;
const clients: Record<string, oidc.Configuration> = {};
beforeAll(async () => {
  bench = await startBench({
    clients: [
      web,
      { ...web, id: 'other' },
      { ...machine, id: 'orders-api' },
      { ...machine, id: 'stock-api' },
      { ...machine, id: 'batch', clientCredentials: true },
    ],
    settings: {
      apis: [
        api(orders, { clients: { web: ['read', 'write'], batch: ['read'] }, introspectedBy: ['orders-api'] }),
        api(stock, { clients: { web: ['count'], batch: ['count'] }, accessToken: { format: 'jwt', minutes: 3 } }),
      ],
    },
  });
  for (const id of ['web', 'other', 'orders-api', 'stock-api', 'batch'])
    clients[id] = await relyingParty(bench, id, secret);
});
afterAll(() => bench.close());

const client = (id: string): oidc.Configuration => {
  const found = clients[id];
  if (!found) throw new Error(`No client ${id}.`);
  return found;
};

/** Signs in and takes the code for a token of the API. */
async function tokenFor(resource: string, scope: string, id = 'web') {
  const asking = await ask(client(id), redirectUri, { scope: `openid ${scope}`, resource });
  const agent = bench.agent();
  const page = await walk(agent, asking);
  if (!page.left) throw new Error(page.body);
  const tokens = await oidc.authorizationCodeGrant(
    client(id),
    page.left,
    { pkceCodeVerifier: asking.verifier, expectedState: asking.state, expectedNonce: asking.nonce },
    { resource },
  );
  return { tokens, agent };
}
const payloadOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
const headerOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()) as Record<string, unknown>;

describe('A-603 tokens for an API', () => {
  test('an opaque one is for this API alone, with the scopes that the client may have, and says how the person signed in', async () => {
    const { tokens } = await tokenFor(orders, 'read delete write');
    expect([tokens.scope?.split(' ').toSorted(), tokens.expires_in]).toEqual([['read', 'write'], 420]);
    const seen = await oidc.tokenIntrospection(client('orders-api'), tokens.access_token);
    expect(seen).toMatchObject({ active: true, aud: orders, client_id: 'web', acr: acrs.low, amr: ['pwd', 'otp'] });
    expect(seen['sub']).toBe(tokens.claims()?.sub);
    await expect(
      oidc.fetchUserInfo(client('web'), tokens.access_token, tokens.claims()?.sub ?? ''),
    ).rejects.toMatchObject({ status: 403 });
  });

  test('a JWT is one of RFC 9068, signed with a published key', async () => {
    const { tokens } = await tokenFor(stock, 'count');
    expect(headerOf(tokens.access_token)).toMatchObject({ typ: 'at+jwt', alg: 'RS256', kid: expect.any(String) });
    const payload = payloadOf(tokens.access_token);
    expect(payload).toMatchObject({
      iss: bench.issuer,
      aud: stock,
      client_id: 'web',
      scope: 'count',
      sub: tokens.claims()?.sub,
      acr: acrs.low,
      auth_time: tokens.claims()?.['auth_time'],
      jti: expect.any(String),
    });
    expect(Number(payload['exp']) - Number(payload['iat'])).toBe(180);
    // Nothing about the person but who it is.
    expect(payload).not.toHaveProperty('email');
  });

  test('without `resource` at the token endpoint the token is for userinfo, and a refresh gets the one of the API', async () => {
    const asking = await ask(client('web'), redirectUri, { scope: 'openid email read', resource: orders });
    const tokens = await redeem(client('web'), asking, await walk(bench.agent(), asking));
    expect((await oidc.tokenIntrospection(client('web'), tokens.access_token))['aud']).toBeUndefined();
    expect((await oidc.tokenIntrospection(client('orders-api'), tokens.access_token)).active).toBe(false);
    const forApi = await oidc.refreshTokenGrant(client('web'), tokens.refresh_token ?? '', { resource: orders });
    expect(await oidc.tokenIntrospection(client('orders-api'), forApi.access_token)).toMatchObject({
      active: true,
      scope: 'read',
      acr: acrs.low,
    });
  });

  test.each([
    ['another client’s API', 'other', orders],
    ['one that nobody knows', 'web', 'https://nobody.example/'],
  ])('%s is refused, with one answer', async (_what, id, resource) => {
    const asking = await ask(client(id), redirectUri, { scope: 'openid read', resource });
    const { left } = await walk(bench.agent(), asking);
    expect([left?.searchParams.get('error'), left?.searchParams.get('error_description')]).toEqual([
      'invalid_target',
      expect.stringContaining('known here for this client'),
    ]);
  });

  test('a refresh token that was not asked for an API gets none there', async () => {
    const { tokens } = await signIn(bench, client('web'), redirectUri, { scope: 'openid' });
    await expect(
      oidc.refreshTokenGrant(client('web'), tokens.refresh_token ?? '', { resource: orders }),
    ).rejects.toMatchObject({ error: 'invalid_target' });
  });
});

describe('A-604 who may look at a token', () => {
  test('the API it is for and the client it was issued to; for anybody else it is not active', async () => {
    const { tokens } = await tokenFor(orders, 'read');
    const active = async (id: string) => (await oidc.tokenIntrospection(client(id), tokens.access_token)).active;
    expect(await Promise.all(['orders-api', 'web', 'stock-api', 'other', 'batch'].map(active))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    // A refresh token is nobody's but the client's.
    expect((await oidc.tokenIntrospection(client('orders-api'), tokens.refresh_token ?? '')).active).toBe(false);
  });

  test('it ends with the sign-in that it rests on', async () => {
    const { tokens } = await tokenFor(orders, 'read');
    const { judge } = bench.gate;
    bench.gate.judge = () => ({ suits: false, reenrolmentDue: false });
    const after = await oidc.tokenIntrospection(client('orders-api'), tokens.access_token);
    bench.gate.judge = judge;
    expect(after).toEqual({ active: false });
  });
});

describe('A-605 client_credentials', () => {
  test('a token of the client itself, for one API, within its scopes', async () => {
    const opaque = await oidc.clientCredentialsGrant(client('batch'), { scope: 'read write', resource: orders });
    expect([opaque.scope, opaque.expires_in, opaque.refresh_token]).toEqual(['read', 420, undefined]);
    const seen = await oidc.tokenIntrospection(client('orders-api'), opaque.access_token);
    expect(seen).toMatchObject({ active: true, client_id: 'batch', scope: 'read', aud: orders });
    expect(seen['sub']).toBeUndefined();
    const jwt = await oidc.clientCredentialsGrant(client('batch'), { scope: 'count', resource: stock });
    expect(payloadOf(jwt.access_token)).toMatchObject({ sub: 'batch', aud: stock, scope: 'count' });
    const none = await oidc.clientCredentialsGrant(client('batch'), { scope: 'raed', resource: orders });
    expect(none.scope).toBe('');
    await oidc.tokenRevocation(client('batch'), opaque.access_token);
    expect((await oidc.tokenIntrospection(client('orders-api'), opaque.access_token)).active).toBe(false);
  });

  test.each([
    ['without `resource`', 'batch', { scope: 'read' }, 'invalid_target'],
    [
      'for two APIs at once',
      'batch',
      [
        ['resource', orders],
        ['resource', stock],
      ],
      'invalid_target',
    ],
    ['of a client that may not', 'web', { scope: 'read', resource: orders }, 'invalid_request'],
    ['of a client without addresses that only reads', 'orders-api', { resource: orders }, 'invalid_request'],
  ])('%s it is refused', async (_what, id, asked, error) => {
    const parameters = new URLSearchParams(asked as Record<string, string>);
    await expect(oidc.clientCredentialsGrant(client(id), parameters)).rejects.toMatchObject({ error });
  });

  test('nobody signs in at a client without redirect addresses', async () => {
    const page = await bench
      .agent()
      .get(`${bench.issuer}/auth?client_id=batch&response_type=code&scope=openid&redirect_uri=${redirectUri}`);
    expect([page.left, page.status]).toEqual([undefined, 400]);
  });

  test('a token of a client opens nothing about people', async () => {
    const { access_token: token } = await oidc.clientCredentialsGrant(client('batch'), {
      scope: 'read',
      resource: orders,
    });
    const answer = await fetch(`${bench.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(401);
  });
});

test('A-605 discovery names the grant exactly where some client has it', async () => {
  const grants = async (at: Bench) =>
    (
      (await (await fetch(`${at.issuer}/.well-known/openid-configuration`)).json()) as {
        grant_types_supported: string[];
      }
    ).grant_types_supported;
  expect(await grants(bench)).toContain('client_credentials');
  const without = await startBench({ clients: [web] });
  try {
    expect(await grants(without)).not.toContain('client_credentials');
  } finally {
    await without.close();
  }
});
