import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { acrs, ask, redeem, relyingParty, signIn, startBench, walk, type Bench } from '../test/harness/engine-bench.ts';

const redirectUri = 'https://app.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';
const web = { id: 'web', name: 'Web shop', secret, redirectUris: [redirectUri], refresh: true };

let bench: Bench;
let config: oidc.Configuration;

beforeAll(async () => {
  bench = await startBench({
    settings: { refreshGraceSeconds: 0 },
    clients: [
      web,
      { ...web, id: 'post', tokenEndpointAuthMethod: 'client_secret_post', idTokenAlg: 'ES256', scopes: ['openid'] },
      {
        id: 'old',
        name: 'Old',
        secret,
        redirectUris: ['https://old.example/cb', 'https://old.example/cb?kept=1'],
        pkce: 'optional',
        subject: 'public',
      },
      {
        id: 'browser',
        name: 'Browser',
        redirectUris: ['https://spa.example/cb'],
        tokenEndpointAuthMethod: 'none',
        corsOrigins: ['https://spa.example'],
      },
      { ...web, id: 'pushed', requirePushedRequests: true },
    ],
  });
  config = await relyingParty(bench, 'web', secret);
});
afterAll(() => bench.close());

describe('pushed requests (A-099)', () => {
  test('required where the client says so, valid once, and for this client only (B9-05)', async () => {
    const pushed = await relyingParty(bench, 'pushed', secret);
    const direct = await ask(pushed, redirectUri);
    expect((await walk(bench.agent(), direct)).left?.searchParams.get('error')).toBe('invalid_request');

    const verifier = oidc.randomPKCECodeVerifier();
    const url = await oidc.buildAuthorizationUrlWithPAR(pushed, {
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const stolen = new URL(url);
    stolen.searchParams.set('client_id', 'web');
    const refused = await walk(bench.agent(), { url: stolen });
    expect(refused.left?.searchParams.get('code') ?? undefined).toBeUndefined();

    const agent = bench.agent();
    const page = await walk(agent, { url });
    const tokens = await oidc.authorizationCodeGrant(pushed, page.left ?? new URL(''), { pkceCodeVerifier: verifier });
    expect(tokens.access_token).toBeTruthy();
    const again = await walk(agent, { url });
    expect(again.left?.searchParams.get('code') ?? undefined).toBeUndefined();
    expect(again.body + String(again.left)).toMatch(/invalid_request_uri|data-reason/);
  });
});

describe('refresh tokens', () => {
  test('rotate at every use; the second use of one ends the family (B3-06)', async () => {
    const { tokens } = await signIn(bench, config, redirectUri);
    const first = tokens.refresh_token ?? '';
    const second = await oidc.refreshTokenGrant(config, first);
    expect(second.refresh_token).not.toBe(first);
    expect(second.claims()).toMatchObject({
      acr: acrs.low,
      amr: ['pwd', 'otp'],
      auth_time: tokens.claims()?.auth_time,
    });
    await expect(oidc.refreshTokenGrant(config, first)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(oidc.refreshTokenGrant(config, second.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(oidc.fetchUserInfo(config, second.access_token, oidc.skipSubjectCheck)).rejects.toMatchObject({
      status: 401,
    });
  });

  test('are bound to their client', async () => {
    const { tokens } = await signIn(bench, config, redirectUri);
    const post = await relyingParty(bench, 'pushed', secret);
    await expect(oidc.refreshTokenGrant(post, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect((await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).access_token).toBeTruthy();
  });

  test('offline_access with prompt=consent asks nothing and outlives the session', async () => {
    const { tokens, agent } = await signIn(bench, config, redirectUri, {
      scope: 'openid offline_access',
      prompt: 'consent',
    });
    expect(tokens.scope?.split(' ')).toContain('offline_access');
    // The same once more with a session: no page.
    const asking = await ask(config, redirectUri, { scope: 'openid offline_access', prompt: 'consent' });
    expect((await agent.get(asking.url)).left).toBeDefined();
    await bench.engine.endSessions('person-nobody');
    // Other tokens are ended with an audit event.
    expect(bench.signedOut).toEqual(['person-nobody']);
    expect((await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).access_token).toBeTruthy();
  });

  test('a client without `refresh` gets no refresh token', async () => {
    const old = await relyingParty(bench, 'old', secret);
    expect((await signIn(bench, old, 'https://old.example/cb')).tokens).not.toHaveProperty('refresh_token');
  });
});

test('C1 code reuse: the second use fails, and the first token is dead', async () => {
  const { tokens, asking, page } = await signIn(bench, config, redirectUri);
  await expect(redeem(config, asking, page)).rejects.toMatchObject({ error: 'invalid_grant' });
  await expect(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck)).rejects.toMatchObject({
    status: 401,
  });
});

test('a failed client authentication does not use up the code', async () => {
  const asking = await ask(config, redirectUri);
  const page = await walk(bench.agent(), asking);
  await expect(
    redeem(await relyingParty(bench, 'web', 'wrong-secret-wrong-secret-wrong-00'), asking, page),
  ).rejects.toMatchObject({
    status: 401,
  });
  expect((await redeem(config, asking, page)).access_token).toBeTruthy();
});

test('CORS: the client’s own origin only, discovery for everybody', async () => {
  const spa = await relyingParty(bench, 'browser');
  const asking = await ask(spa, 'https://spa.example/cb');
  const page = await walk(bench.agent(), asking);
  const exchange = (origin: string) =>
    bench.agent().post(
      `${bench.issuer}/token`,
      {
        grant_type: 'authorization_code',
        code: page.left?.searchParams.get('code') ?? '',
        redirect_uri: 'https://spa.example/cb',
        client_id: 'browser',
        code_verifier: asking.verifier,
      },
      { headers: { origin, accept: 'application/json' } },
    );
  const foreign = await exchange('https://evil.example');
  expect(foreign.status).toBe(400);
  expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
  const own = await exchange('https://spa.example');
  expect(own.status).toBe(200);
  expect(own.headers['access-control-allow-origin']).toBe('https://spa.example');
  // A preflight request names no client: it is answered, and decides nothing.
  const preflight = await bench.agent().fetch(`${bench.issuer}/token`, {
    method: 'OPTIONS',
    headers: { origin: 'https://spa.example', 'access-control-request-method': 'POST' },
  });
  expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  const { access_token: token } = JSON.parse(own.body) as { access_token: string };
  const userinfo = (origin: string) =>
    bench.agent().get(`${bench.issuer}/userinfo`, { headers: { origin, authorization: `Bearer ${token}` } });
  expect((await userinfo('https://spa.example')).headers['access-control-allow-origin']).toBe('https://spa.example');
  expect((await userinfo('https://evil.example')).headers).not.toHaveProperty('access-control-allow-origin');
  const discovery = await bench
    .agent()
    .get(`${bench.issuer}/.well-known/openid-configuration`, { headers: { origin: 'https://any.example' } });
  expect(discovery.headers['access-control-allow-origin']).toBe('https://any.example');
});
