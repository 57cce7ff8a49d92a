// Applications on devices, scripts in browsers, and client ids that are addresses (RFC 8252, RFC 6749 §2.3.1).
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { ask, redeem, relyingParty, signIn, startBench, walk, type Bench } from '../test/harness/engine-bench.ts';

const scheme = 'com.example.app:/callback';
const native = { name: 'App', application: 'native', tokenEndpointAuthMethod: 'none' } as const;
const secret = 'a-secret-of-more-than-32-characters-00';
const address = 'https://app.example/id@realm:1';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench({
    clients: [
      {
        ...native,
        id: 'app',
        redirectUris: ['http://127.0.0.1/cb', 'http://[::1]/cb', scheme, 'https://app.example/cb'],
      },
      { ...native, id: 'other', redirectUris: [scheme] },
      { ...native, id: 'third', redirectUris: ['http://127.0.0.1/cb'] },
      { id: 'browser', name: 'B', tokenEndpointAuthMethod: 'none', redirectUris: ['https://spa.example/deep/cb'] },
      {
        id: 'closed',
        name: 'C',
        tokenEndpointAuthMethod: 'none',
        redirectUris: ['https://spa.example/cb'],
        corsOrigins: [],
      },
      { id: 'web', name: 'W', secret, redirectUris: ['http://127.0.0.1/cb'] },
      { id: address, name: 'Address', secret, redirectUris: ['https://app.example/cb'] },
    ],
  });
});
afterAll(() => bench.close());

describe('A-552 application: native', () => {
  test.each(['http://127.0.0.1/cb', 'http://[::1]:8/cb', scheme, 'https://app.example/cb'])(
    'signs in at %s',
    async (redirectUri) => {
      const { tokens, claims } = await signIn(bench, await relyingParty(bench, 'app'), redirectUri);
      expect([typeof tokens.access_token, claims?.aud]).toEqual(['string', 'app']);
    },
  );

  test('is sent back to any port of 127.0.0.1', async () => {
    const config = await relyingParty(bench, 'app');
    const { agent } = await signIn(bench, config, scheme);
    const asking = await ask(config, 'http://127.0.0.1:51004/cb');
    asking.url.searchParams.set('prompt', 'none');
    const { headers } = await agent.get(asking.url, { follow: 'no' });
    expect(headers.location).toMatch(/^http:\/\/127\.0\.0\.1:51004\/cb\?error=account_selection_required/);
  });

  test.each([
    'http://127.0.0.1:51004/cb/',
    'http://127.0.0.1:51004/cb?a',
    'http://127.0.0.1:5a/cb',
    'http://127.0.0.1:51004@evil.example/cb',
    'http://a@127.0.0.1:51004/cb',
    'http://localhost:51004/cb',
    'http://127.0.0.2/cb',
    'http://2130706433/cb',
    'http://127.0.0.1.evil.example/cb',
    'https://127.0.0.1:51004/cb',
    'https://app.example:8443/cb',
    'com.example.app:/callback/x',
    'com.example.app://callback',
    'com.example.other:/callback',
    'javascript:alert(1)',
  ])('does not go back to %s (B9-02)', async (redirectUri) => {
    const page = await walk(bench.agent(), await ask(await relyingParty(bench, 'app'), redirectUri));
    expect([page.left, bench.errors.at(-1)?.error]).toEqual([undefined, 'invalid_redirect_uri']);
  });

  test('a web client’s port counts', async () => {
    const config = await relyingParty(bench, 'web', secret);
    expect((await walk(bench.agent(), await ask(config, 'http://127.0.0.1:51004/cb'))).left).toBeUndefined();
  });

  test('PKCE is required, and the address is compared again at the token endpoint', async () => {
    const config = await relyingParty(bench, 'app');
    const without = await ask(config, scheme);
    without.url.searchParams.delete('code_challenge');
    without.url.searchParams.delete('code_challenge_method');
    expect((await walk(bench.agent(), without)).left?.searchParams.get('error')).toBe('invalid_request');
    const asking = await ask(config, 'http://[::1]:51004/cb');
    const page = await walk(bench.agent(), asking);
    const moved = new URL(page.left?.href.replace('51004', '51005') ?? '');
    await expect(redeem(config, asking, { ...page, left: moved })).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('each application has a `sub` of its own, though all share the loopback address', async () => {
    const subs = [];
    for (const [id, uri] of [
      ['app', scheme],
      ['other', scheme],
      ['third', 'http://127.0.0.1/cb'],
    ] as const)
      subs.push((await signIn(bench, await relyingParty(bench, id), uri)).claims?.sub);
    expect(new Set(subs).size).toBe(3);
  });
});

describe('A-553 scripts of a public client', () => {
  const preflight = async (id: string, origin: string) => {
    const answer = await bench.agent().fetch(`${bench.issuer}/token`, {
      method: 'POST',
      headers: { origin },
      body: new URLSearchParams({ grant_type: 'authorization_code', client_id: id, code: 'x', redirect_uri: 'x' }),
    });
    return answer.headers.get('access-control-allow-origin');
  };

  test('may call from where it is sent back to, and from nowhere else', async () => {
    expect(await preflight('browser', 'https://spa.example')).toBe('https://spa.example');
    for (const origin of ['https://evil.example', 'https://spa.example.evil.example', 'http://spa.example', 'null'])
      expect(await preflight('browser', origin)).toBeNull();
  });

  test('an empty list, a native application and a confidential client have none', async () => {
    expect(await preflight('closed', 'https://spa.example')).toBeNull();
    expect(await preflight('app', 'https://app.example')).toBeNull();
    expect(await preflight('web', 'http://127.0.0.1')).toBeNull();
  });
});

test('A-554 a client id that is an address, in the header and in the body', async () => {
  for (const auth of [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)]) {
    const config = await oidc.discovery(new URL(bench.issuer), address, {}, auth, {
      execute: [oidc.allowInsecureRequests],
      [oidc.customFetch]: bench.agent().fetch as oidc.CustomFetch,
    });
    const { claims } = await signIn(bench, config, 'https://app.example/cb');
    expect(claims?.aud).toBe(address);
  }
});
