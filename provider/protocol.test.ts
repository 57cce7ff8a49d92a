import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import {
  acrs,
  ada,
  ask,
  redeem,
  relyingParty,
  signIn,
  startBench,
  walk,
  type Bench,
} from '../test/harness/engine-bench.ts';
import { readForms } from '../test/harness/html-forms.ts';

const redirectUri = 'https://app.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';
const web = { id: 'web', name: 'Web shop', secret, redirectUris: [redirectUri], refresh: true };

let bench: Bench;
let config: oidc.Configuration;

beforeAll(async () => {
  bench = await startBench({
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

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('discovery (C2)', () => {
  test('lists what is on, and nothing that is off', async () => {
    const answer = await bench.agent().get(`${bench.issuer}/.well-known/openid-configuration`);
    const document = JSON.parse(answer.body) as Record<string, unknown>;
    expect(document).toMatchObject({
      issuer: bench.issuer,
      authorization_endpoint: `${bench.issuer}/auth`,
      token_endpoint: `${bench.issuer}/token`,
      userinfo_endpoint: `${bench.issuer}/userinfo`,
      jwks_uri: `${bench.issuer}/jwks`,
      end_session_endpoint: `${bench.issuer}/session/end`,
      pushed_authorization_request_endpoint: `${bench.issuer}/par`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: ['RS256', 'ES256'],
      subject_types_supported: ['public', 'pairwise'],
      acr_values_supported: Object.values(acrs),
      authorization_response_iss_parameter_supported: true,
      claims_parameter_supported: true,
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      ui_locales_supported: ['nl', 'fr', 'de', 'en'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    });
    expect(document['claims_supported']).toEqual(
      expect.arrayContaining(['sub', 'acr', 'amr', 'auth_time', 'name', 'email', 'email_verified']),
    );
    //
    for (const off of ['registration_endpoint', 'device_authorization_endpoint', 'backchannel_authentication_endpoint'])
      expect(document).not.toHaveProperty(off);
    expect(JSON.stringify(document)).not.toMatch(/"none"\]?,?"?alg|HS256|implicit/);
  });

  test('the keys have a kid, an algorithm each and no private part, RS256 first', async () => {
    const answer = await bench.agent().get(`${bench.issuer}/jwks`);
    const { keys } = JSON.parse(answer.body) as { keys: Record<string, unknown>[] };
    expect(keys.map(({ alg }) => alg)).toEqual(['RS256', 'ES256']);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(2);
    for (const key of keys) for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(key).not.toHaveProperty(part);
    expect(answer.headers['cache-control']).toBe('public, max-age=300');
  });

  test.each(['/reg', '/device/auth', '/device', '/backchannel', '/challenge', '/credential', '/interaction/x/abort'])(
    'A-098: %s does not exist',
    async (path) => {
      expect((await bench.agent().get(bench.issuer + path, { follow: 'no' })).status).toBeGreaterThanOrEqual(400);
      expect((await bench.agent().post(bench.issuer + path, {})).status).toBeGreaterThanOrEqual(400);
    },
  );
});

describe('the code flow (C1)', () => {
  test('ID token: iss, aud, nonce, acr, amr, auth_time; userinfo with the same sub, by three ways', async () => {
    const { tokens, claims, page } = await signIn(bench, config, redirectUri, { scope: 'openid profile email' });
    expect(page.left?.searchParams.get('iss')).toBe(bench.issuer);
    expect(claims).toMatchObject({ iss: bench.issuer, aud: 'web', acr: acrs.low, amr: ['pwd', 'otp'] });
    expect(Math.abs(Number(claims?.auth_time) - Date.now() / 1000)).toBeLessThan(60);
    // Scope claims come from userinfo (conformIdTokenClaims).
    expect(claims).not.toHaveProperty('email');
    const expected = {
      sub: claims?.sub,
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      preferred_username: 'ada',
      locale: 'nl',
      email: 'ada@example.org',
      email_verified: true,
    };
    const userinfo = `${bench.issuer}/userinfo`;
    const authorization = `Bearer ${tokens.access_token}`;
    const { fetch } = bench.agent();
    const answers = [
      await fetch(userinfo, { headers: { authorization } }),
      await fetch(userinfo, { method: 'POST', headers: { authorization } }),
      await fetch(userinfo, { method: 'POST', body: new URLSearchParams({ access_token: tokens.access_token }) }),
    ];
    for (const answer of answers) expect(await answer.json()).toEqual(expected);
    expect((await fetch(`${userinfo}?access_token=${tokens.access_token}`)).status).toBe(400);
  });

  test('tokens and codes have at least 128 bits (A-104)', async () => {
    const { tokens, page } = await signIn(bench, config, redirectUri);
    const values = [page.left?.searchParams.get('code'), tokens.access_token, tokens.refresh_token];
    // 43 characters of 6 bits each.
    for (const value of values) expect(value).toMatch(/^[\w-]{43,}$/);
  });

  test('an authorization request by POST from another site keeps the session, with a Lax cookie', async () => {
    const { agent, claims } = await signIn(bench, config, redirectUri);
    expect(agent.cookie('rekey-session')).toMatchObject({ sameSite: 'lax', httpOnly: true, path: '/' });
    const asking = await ask(config, redirectUri, { prompt: 'none' });
    const page = await agent.post(`${bench.issuer}/auth`, [...asking.url.searchParams], {
      from: 'https://app.example/start',
    });
    expect((await redeem(config, asking, page)).claims()?.sub).toBe(claims?.sub);
    // A parameter that occurs twice still occurs twice, and is refused.
    const twice = await agent.post(`${bench.issuer}/auth`, [...asking.url.searchParams, ['client_id', 'old']]);
    expect(twice.status).toBe(400);
    // Only forms of limited length.
    expect(
      (await agent.post(`${bench.issuer}/auth`, '{}', { headers: { 'content-type': 'application/json' } })).status,
    ).toBe(415);
    expect((await agent.post(`${bench.issuer}/auth`, { state: 'x'.repeat(16_000) })).status).toBe(413);
  });

  test('form_post: the answer is a form on a page of ours, and no address contains it', async () => {
    const agent = bench.agent();
    const asking = await ask(config, redirectUri, { response_mode: 'form_post' });
    const page = await walk(agent, asking);
    expect(page.status).toBe(200);
    expect(page.left).toBeUndefined();
    const [form] = readForms(page.body);
    expect(form).toMatchObject({ action: redirectUri, method: 'POST' });
    expect(form?.fields).toMatchObject({ state: asking.state, iss: bench.issuer });
    expect(page.body).toMatch(/^<main data-step="onward">/);
    const tokens = await oidc.authorizationCodeGrant(
      config,
      new Request(redirectUri, { method: 'POST', body: new URLSearchParams(form?.fields) }),
      { pkceCodeVerifier: asking.verifier, expectedState: asking.state, expectedNonce: asking.nonce },
    );
    expect(tokens.access_token).toBeTruthy();
  });

  test('every unknown request parameter is accepted (but `resource`: requests.test.ts)', async () => {
    const { claims } = await signIn(bench, config, redirectUri, {
      display: 'popup',
      ui_locales: 'fr nl',
      claims_locales: 'fr',
      login_hint: 'ada',
      unheard_of: 'yes',
      scope: 'openid address phone profile',
    });
    expect(claims?.aud).toBe('web');
  });

  test('no nonce, no state: fine with a code', async () => {
    const page = await walk(bench.agent(), {
      url: new URL(
        `${bench.issuer}/auth?client_id=old&response_type=code&scope=openid&redirect_uri=https://old.example/cb`,
      ),
    });
    const code = page.left?.searchParams.get('code') ?? '';
    const old = await relyingParty(bench, 'old', secret);
    const tokens = await oidc.genericGrantRequest(old, 'authorization_code', {
      code,
      redirect_uri: 'https://old.example/cb',
    });
    // `public` subject: the account's own id.
    expect(JSON.parse(Buffer.from(tokens.id_token?.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      sub: ada.id,
    });
  });

  test('an essential name is returned, a claim that the client may not see is not (B9-07)', async () => {
    const claims = JSON.stringify({
      userinfo: { name: { essential: true }, groups: null },
      id_token: { groups: null },
    });
    const { tokens, claims: idToken } = await signIn(bench, config, redirectUri, { claims });
    const info = await oidc.fetchUserInfo(config, tokens.access_token, idToken?.sub ?? '');
    expect(info).toEqual({ sub: idToken?.sub, name: 'Ada Lovelace' });
    expect(idToken).not.toHaveProperty('groups');
  });

  test('a registered redirect URI with a query is compared whole and keeps its query', async () => {
    const old = await relyingParty(bench, 'old', secret);
    const asking = await ask(old, 'https://old.example/cb?kept=1');
    const { left } = await walk(bench.agent(), asking);
    expect(left?.searchParams.get('kept')).toBe('1');
    const tokens = await oidc.genericGrantRequest(old, 'authorization_code', {
      code: left?.searchParams.get('code') ?? '',
      redirect_uri: 'https://old.example/cb?kept=1',
      code_verifier: asking.verifier,
    });
    expect(tokens.id_token).toBeTruthy();
  });

  test('ES256 for the client that wants it, client_secret_post too', async () => {
    const post = await oidc.discovery(
      new URL(bench.issuer),
      'post',
      { id_token_signed_response_alg: 'ES256' },
      oidc.ClientSecretPost(secret),
      {
        execute: [oidc.allowInsecureRequests],
        [oidc.customFetch]: bench.agent().fetch as oidc.CustomFetch,
      },
    );
    const { claims } = await signIn(bench, post, redirectUri);
    expect(claims?.aud).toBe('post');
  });

  test('a missing response_type and a foreign one are errors, not crashes', async () => {
    const asking = await ask(config, redirectUri);
    asking.url.searchParams.delete('response_type');
    expect((await walk(bench.agent(), asking)).left?.searchParams.get('error')).toBe('invalid_request');
    for (const type of ['token', 'id_token', 'code id_token', 'none']) {
      asking.url.searchParams.set('response_type', type);
      expect((await walk(bench.agent(), asking)).body + (await walk(bench.agent(), asking)).left).toMatch(
        /unsupported_response_type/,
      );
    }
  });

  test.each([
    ['outside', { response_mode: 'form_post' }, {}],
    ['only inside the object', {}, { response_mode: 'form_post' }],
  ])('a request object is refused, by form_post when that was asked %s', async (_name, outside, inside) => {
    const asking = await ask(config, redirectUri, outside);
    asking.url.searchParams.set(
      'request',
      `${part({ alg: 'none' })}.${part({ ...inside, redirect_uri: 'https://evil.example' })}.`,
    );
    const page = await bench.agent().get(asking.url);
    expect(page.left).toBeUndefined();
    expect(page.forms[0]).toMatchObject({ action: redirectUri, fields: { error: 'request_not_supported' } });
    expect(page.status).toBe(400);
  });
});
