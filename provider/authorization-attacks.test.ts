import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { ask, relyingParty, redeem, signIn, startBench, walk, type Bench } from '../test/harness/engine-bench.ts';

const redirectUri = 'https://app.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';
const web = { id: 'web', name: 'Web shop', secret, redirectUris: [redirectUri], refresh: true };
const old = { id: 'old', name: 'Old', secret, redirectUris: ['https://old.example/cb?a=1'], pkce: 'optional' as const };
const spa = {
  id: 'spa',
  name: 'Spa',
  redirectUris: ['https://spa.example/cb'],
  tokenEndpointAuthMethod: 'none' as const,
  pkce: 'optional' as const,
};

let bench: Bench;
let config: oidc.Configuration;

beforeAll(async () => {
  bench = await startBench({ clients: [web, old, spa] });
  config = await relyingParty(bench, 'web', secret);
});
afterAll(() => bench.close());

describe('A-093, B9-02: redirect URIs are compared character by character', () => {
  const near = [
    'http://app.example/cb',
    'HTTPS://app.example/cb',
    'https://APP.example/cb',
    'https://app.example/CB',
    'https://app.example/cb/',
    'https://app.example/cb//',
    'https://app.example//cb',
    'https://app.example/./cb',
    'https://app.example/x/../cb',
    'https://app.example/cb/..',
    'https://app.example/cb/../cb',
    'https://app.example/%63b',
    'https://app.example/cb%2f',
    'https://app.example/cb%00',
    'https://app.example/cb%0d%0aX:1',
    'https://app.example/cb?',
    'https://app.example/cb?x=1',
    'https://app.example/cb#',
    'https://app.example/cb#x',
    'https://app.example:443/cb',
    'https://app.example:8443/cb',
    'https://app.example./cb',
    'https://www.app.example/cb',
    'https://app.example.evil.example/cb',
    'https://app.example@evil.example/cb',
    'https://user@app.example/cb',
    'https://user:pass@app.example/cb',
    'https://evil.example/https://app.example/cb',
    'https://аpp.example/cb',
    'https://app.example\\@evil.example/cb',
    '//app.example/cb',
    'javascript:alert(1)',
    ' https://app.example/cb',
    'https://app.example/cb ',
    '',
  ];
  test.each(near)('%j: an error page, no redirect', async (uri) => {
    const asking = await ask(config, redirectUri);
    asking.url.searchParams.set('redirect_uri', uri);
    const page = await bench.agent().get(asking.url);
    expect(page).toMatchObject({ status: 400, trail: [] });
    expect(page.headers).not.toHaveProperty('location');
    expect(page.body).toBe('<main data-step="refused" data-reason="request_invalid"></main>');
  });

  test('a registered query is neither dropped nor extended; two addresses are refused', async () => {
    const config2 = await relyingParty(bench, 'old', secret);
    for (const uri of ['https://old.example/cb', 'https://old.example/cb?a=1&b=2', 'https://old.example/cb?a=2'])
      expect((await bench.agent().get((await ask(config2, uri)).url)).status).toBe(400);
    const asking = await ask(config, redirectUri);
    asking.url.searchParams.append('redirect_uri', 'https://evil.example/cb');
    expect(await bench.agent().get(asking.url)).toMatchObject({ status: 400, trail: [] });
  });

  test('no redirect URI, and an unknown client', async () => {
    const asking = await ask(config, redirectUri);
    asking.url.searchParams.delete('redirect_uri');
    expect((await bench.agent().get(asking.url)).status).toBe(400);
    const unknown = await ask(config, 'https://evil.example/cb', { client_id: 'nobody' });
    expect(await bench.agent().get(unknown.url)).toMatchObject({ status: 400, trail: [] });
  });
});

describe('A-094, B9-01: PKCE', () => {
  test.each([
    ['no challenge', { code_challenge: '', code_challenge_method: '' }],
    ['plain', { code_challenge_method: 'plain' }],
    ['no method', { code_challenge_method: '' }],
    ['too short', { code_challenge: 'short' }],
  ])('%s is refused', async (_name, change) => {
    const asking = await ask(config, redirectUri);
    for (const [name, value] of Object.entries(change)) {
      if (value === '') asking.url.searchParams.delete(name);
      else asking.url.searchParams.set(name, value);
    }
    const page = await bench.agent().get(asking.url);
    expect(page.left?.searchParams.get('error')).toBe('invalid_request');
  });

  test('a public client needs it although its settings make it optional', async () => {
    const asking = await ask(await relyingParty(bench, 'spa'), 'https://spa.example/cb');
    asking.url.searchParams.delete('code_challenge');
    asking.url.searchParams.delete('code_challenge_method');
    expect((await bench.agent().get(asking.url)).left?.searchParams.get('error')).toBe('invalid_request');
  });

  test.each([
    ['no verifier', undefined],
    ['another verifier', oidc.randomPKCECodeVerifier()],
    ['the challenge itself', 'challenge'],
  ])('%s is refused', async (_name, verifier) => {
    const asking = await ask(config, redirectUri);
    const page = await walk(bench.agent(), asking);
    const sent = verifier === 'challenge' ? asking.url.searchParams.get('code_challenge') : verifier;
    await expect(
      oidc.genericGrantRequest(config, 'authorization_code', {
        code: page.left?.searchParams.get('code') ?? '',
        redirect_uri: redirectUri,
        ...(sent ? { code_verifier: sent } : {}),
      }),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('a verifier without a challenge is refused', async () => {
    const config2 = await relyingParty(bench, 'old', secret);
    const asking = await ask(config2, 'https://old.example/cb?a=1');
    asking.url.searchParams.delete('code_challenge');
    asking.url.searchParams.delete('code_challenge_method');
    const page = await walk(bench.agent(), asking);
    await expect(
      oidc.genericGrantRequest(config2, 'authorization_code', {
        code: page.left?.searchParams.get('code') ?? '',
        redirect_uri: 'https://old.example/cb?a=1',
        code_verifier: asking.verifier,
      }),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

test('B9-05: a code is useless to another client, and stays valid for its own', async () => {
  const asking = await ask(config, redirectUri);
  const page = await walk(bench.agent(), asking);
  await expect(redeem(await relyingParty(bench, 'old', secret), asking, page)).rejects.toMatchObject({
    error: 'invalid_grant',
  });
  expect((await redeem(config, asking, page)).access_token).toBeTruthy();
});

test('B9-08: another client’s tokens are inactive and stay alive', async () => {
  const { tokens } = await signIn(bench, config, redirectUri);
  const stranger = await relyingParty(bench, 'old', secret);
  for (const token of [tokens.access_token, tokens.refresh_token ?? '']) {
    expect(await oidc.tokenIntrospection(stranger, token)).toEqual({ active: false });
    await oidc.tokenRevocation(stranger, token);
    expect(await oidc.tokenIntrospection(config, token)).toMatchObject({
      active: true,
      client_id: 'web',
      sub: tokens.claims()?.sub,
    });
  }
  await oidc.tokenRevocation(config, tokens.refresh_token ?? '');
  expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
});
