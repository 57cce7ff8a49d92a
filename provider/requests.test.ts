// What a relying party's request may carry that is more, or other, than its entry allows: never ignored in silence.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { acrs, ask, redeem, relyingParty, signIn, startBench, walk, type Bench } from '../test/harness/engine-bench.ts';

const redirectUri = 'https://app.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';
const web = { id: 'web', name: 'Web', secret, redirectUris: [redirectUri], refresh: true };

let bench: Bench;
let config: oidc.Configuration;
beforeAll(async () => {
  bench = await startBench({
    clients: [
      web,
      { ...web, id: 'short', refresh: false, scopes: ['openid'] },
      { ...web, id: 'other', scopes: ['openid', 'groups'] },
      { ...web, id: 'old', pkce: 'optional' },
      { ...web, id: 'post', tokenEndpointAuthMethod: 'client_secret_post' },
      { ...web, id: 'weak', highestLevel: 'low' },
      { id: 'tv', name: 'TV', deviceGrant: true, tokenEndpointAuthMethod: 'none', redirectUris: [] },
    ],
  });
  config = await relyingParty(bench, 'web', secret);
});
afterAll(() => bench.close());

const lastLine = () => JSON.parse(bench.logLines.at(-1) ?? '{}') as Record<string, unknown>;
const refusal = async (params: Record<string, string>, remove: readonly string[] = [], client = config) => {
  const asking = await ask(client, redirectUri, params);
  for (const name of remove) asking.url.searchParams.delete(name);
  const page = await walk(bench.agent(), asking);
  return { page, left: page.left?.searchParams, line: lastLine() };
};

describe('A-546 scopes', () => {
  test('one that the client may not have is ignored, and the answer names the granted ones', async () => {
    for (const scope of ['openid groups', 'openid email groups', 'openid of-nobody', 'groups openid email profile']) {
      const short = await relyingParty(bench, 'short', secret);
      const { tokens, claims } = await signIn(bench, short, redirectUri, { scope });
      expect(tokens.scope).toBe('openid');
      expect(await oidc.fetchUserInfo(short, tokens.access_token, claims?.sub ?? '')).toEqual({ sub: claims?.sub });
    }
  });

  test('also in a pushed request', async () => {
    const short = await relyingParty(bench, 'short', secret);
    const asking = await ask(short, redirectUri, { scope: 'openid groups email' });
    const url = await oidc.buildAuthorizationUrlWithPAR(short, asking.url.searchParams);
    const tokens = await redeem(short, asking, await walk(bench.agent(), { url }));
    expect(tokens.scope).toBe('openid');
  });
});

describe('A-547 offline_access', () => {
  const outlives = async (tokens: oidc.TokenEndpointResponse, agent: { get(url: string): Promise<unknown> }) => {
    await agent.get(`${bench.issuer}/session/end?client_id=web`);
    return (await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).access_token;
  };

  test('`refresh: true` is enough, with a session and without, in the query and pushed', async () => {
    const first = await signIn(bench, config, redirectUri, { scope: 'openid offline_access' });
    expect(first.tokens.scope).toBe('openid offline_access');
    const asking = await ask(config, redirectUri, { scope: 'offline_access openid', prompt: 'none' });
    const second = await redeem(config, asking, await first.agent.get(asking.url));
    expect(second.scope?.split(' ').toSorted()).toEqual(['offline_access', 'openid']);
    const third = await ask(config, redirectUri, { scope: 'openid offline_access' });
    const url = await oidc.buildAuthorizationUrlWithPAR(config, third.url.searchParams);
    const pushed = await redeem(config, third, await walk(bench.agent(), { url }));
    expect(pushed.scope).toBe('openid offline_access');
    for (const tokens of [first.tokens, second, pushed]) expect(await outlives(tokens, first.agent)).toBeTruthy();
  });

  test('not asked for, the tokens end with the session; without `refresh` it is not granted', async () => {
    const plain = await signIn(bench, config, redirectUri);
    expect(plain.tokens.scope).toBe('openid');
    await bench.engine.endSessions('person-ada');
    await expect(oidc.refreshTokenGrant(config, plain.tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const short = await relyingParty(bench, 'short', secret);
    const { tokens } = await signIn(bench, short, redirectUri, { scope: 'openid offline_access' });
    expect([tokens.scope, tokens.refresh_token]).toEqual(['openid', undefined]);
  });
});

describe('A-548 refusals name the setting', () => {
  test('PKCE that is missing, in the answer and in the log', async () => {
    const { left, line } = await refusal({}, ['code_challenge', 'code_challenge_method']);
    expect(left?.get('error')).toBe('invalid_request');
    expect(left?.get('error_description')).toMatch(/PKCE is required: .*\(setting clients\[\]\.pkce\)/);
    expect(line).toMatchObject({ event: 'request.refused', client: 'web', setting: 'clients[].pkce' });
  });

  test.each([
    [{ code_challenge_method: 'plain' }, []],
    [{}, ['code_challenge_method']],
    [{}, ['code_challenge']],
  ] as const)('PKCE of another form: %j without %j', async (params, remove) => {
    const { left, line } = await refusal(params, remove);
    expect([left?.get('error'), line['setting']]).toEqual(['invalid_request', 'clients[].pkce']);
  });

  test('a redirect address that is not registered, on the page', async () => {
    const { left } = await refusal({ redirect_uri: 'https://app.example/other' });
    expect(left).toBeUndefined();
    expect(bench.errors.at(-1)?.description).toMatch(/\(setting clients\[\]\.redirectUris\)$/);
    expect(lastLine()).toMatchObject({ error: 'invalid_redirect_uri', setting: 'clients[].redirectUris' });
  });

  test('a client that is not known, on the page', async () => {
    const asking = await ask(config, redirectUri, { client_id: 'nobody' });
    await bench.agent().get(asking.url);
    expect(bench.errors.at(-1)?.description).toMatch(/\(setting clients\[\]\.id\)$/);
  });

  test.each([
    ['a wrong secret', 'web', 'b'.repeat(38), 'clients[].secret'],
    ['an id that is none', 'nobody', secret, 'clients[].id'],
  ])('at the token endpoint: %s', async (_what, id, own, setting) => {
    const wrong = await relyingParty(bench, id, own);
    await expect(oidc.refreshTokenGrant(wrong, 'x')).rejects.toThrow(/challenge/);
    expect(lastLine()).toMatchObject({ error: 'invalid_client', event: 'request.refused', setting });
  });

  test('at the token endpoint: another way of authentication, another grant, a verifier that is missing', async () => {
    const { fetch } = bench.agent();
    const post = (body: Record<string, string>, authorization?: string) =>
      fetch(`${bench.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams(body),
        ...(authorization === undefined ? {} : { headers: { authorization } }),
      });
    await post({ grant_type: 'refresh_token', refresh_token: 'x', client_id: 'web' });
    expect(lastLine()).toMatchObject({ setting: 'clients[].tokenEndpointAuthMethod' });
    const basic = `Basic ${Buffer.from(`short:${secret}`).toString('base64')}`;
    await post({ grant_type: 'refresh_token', refresh_token: 'x' }, basic);
    expect(lastLine()).toMatchObject({ setting: 'clients[].refresh' });
    const page = await walk(bench.agent(), await ask(config, redirectUri));
    const code = page.left?.searchParams.get('code') ?? '';
    await post(
      { grant_type: 'authorization_code', code, redirect_uri: redirectUri },
      `Basic ${Buffer.from(`web:${secret}`).toString('base64')}`,
    );
    expect(lastLine()).toMatchObject({ error: 'invalid_grant', setting: 'clients[].pkce' });
  });

  test.each([
    ['refresh_token', 'clients[].refresh'],
    ['client_credentials', 'clients[].clientCredentials'],
    ['urn:ietf:params:oauth:grant-type:device_code', 'clients[].deviceGrant'],
  ])('a grant that the entry does not permit: %s', async (grant, setting) => {
    const basic = `Basic ${Buffer.from(`short:${secret}`).toString('base64')}`;
    const post = (path: string, body: Record<string, string>) =>
      bench.agent().fetch(`${bench.issuer}${path}`, {
        method: 'POST',
        body: new URLSearchParams(body),
        headers: { authorization: basic },
      });
    await post('/token', { grant_type: grant, refresh_token: 'x', device_code: 'x' });
    expect(lastLine()).toMatchObject({ event: 'request.refused', setting });
    await post('/device/auth', { scope: 'openid' });
    expect(lastLine()).toMatchObject({ error: 'invalid_request', setting: 'clients[].deviceGrant' });
  });

  test.each([oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)])(
    'a secret is taken in the header and in the form, whichever of the two the entry says (%#)',
    async (auth) => {
      for (const id of ['short', 'post']) {
        const found = await relyingParty(bench, id, secret);
        const way = new oidc.Configuration(found.serverMetadata(), id, {}, auth);
        oidc.allowInsecureRequests(way);
        expect((await signIn(bench, way, redirectUri)).tokens.access_token).toBeTruthy();
      }
    },
  );

  test('a redirect address that is not registered, in a pushed request', async () => {
    const { url } = await ask(config, 'https://app.example/other');
    await expect(oidc.buildAuthorizationUrlWithPAR(config, url.searchParams)).rejects.toMatchObject({
      error: 'invalid_request',
    });
    expect(lastLine()).toMatchObject({ route: 'pushed_authorization_request', setting: 'clients[].redirectUris' });
  });

  test('a level that is not known, and one that no accepted key reaches', async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:of-nobody' } } });
    expect((await refusal({ claims })).line).toMatchObject({
      error: 'unmet_authentication_requirements',
      setting: 'acr',
    });
    const weak = await relyingParty(bench, 'weak', secret);
    const { left, line } = await refusal({ acr_values: acrs.high }, [], weak);
    expect(left?.get('error_description')).toMatch(/no key that is accepted here reaches/);
    expect(line).toMatchObject({ error: 'unmet_authentication_requirements', setting: 'clients[].accepts' });
  });
});

describe('A-549 resource (RFC 8707)', () => {
  test('an authorization request for an API that is not known is refused, pushed too', async () => {
    const { left } = await refusal({ resource: 'https://api.example/' });
    expect([left?.get('error'), left?.get('error_description')]).toEqual([
      'invalid_target',
      expect.stringContaining('leave `resource` out'),
    ]);
    const asking = await ask(config, redirectUri, { resource: 'https://api.example/' });
    await expect(oidc.buildAuthorizationUrlWithPAR(config, asking.url.searchParams)).rejects.toMatchObject({
      error: 'invalid_target',
    });
  });

  test('a token request with one is refused, and uses nothing up', async () => {
    const asking = await ask(config, redirectUri);
    const page = await walk(bench.agent(), asking);
    const tokens = await redeem(config, asking, page);
    await expect(
      oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', { resource: 'https://api.example/' }),
    ).rejects.toMatchObject({ error: 'invalid_target' });
    expect((await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).access_token).toBeTruthy();
  });
});

test('A-550 prompt=create is answered: accounts are not made here, and discovery does not say so', async () => {
  const { left } = await refusal({ prompt: 'create' });
  expect([left?.get('error'), left?.get('state') !== null]).toEqual(['invalid_request', true]);
  const { body } = await bench.agent().get(`${bench.issuer}/.well-known/openid-configuration`);
  expect((JSON.parse(body) as { prompt_values_supported: string[] }).prompt_values_supported).not.toContain('create');
});
