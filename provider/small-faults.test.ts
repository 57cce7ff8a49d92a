import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { ask, redeem, relyingParty, signIn, startBench, walk, type Bench } from '../test/harness/engine-bench.ts';
import { methodsOf } from './methods.ts';

const redirectUri = 'https://app.example:8443/cb';
const secret = 'a-secret-of-more-than-32-characters-00';
let bench: Bench;
let config: oidc.Configuration;

beforeAll(async () => {
  const web = { id: 'web', name: 'Web shop', secret, redirectUris: [redirectUri], refresh: true };
  bench = await startBench({
    clients: [
      web,
      { ...web, id: 'port', redirectUris: ['https://app.example/cb'] },
      { ...web, id: 'named', sectorIdentifier: 'app.example' },
    ],
  });
  config = await relyingParty(bench, 'web', secret);
});
afterAll(() => bench.close());

const send = (path: string, init: RequestInit = {}) => bench.agent().fetch(`${bench.issuer}${path}`, init);
const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });

describe('A-223a: a wrong method gets 405 with the permitted ones', () => {
  test.each([
    ['GET', '/token', 'POST, OPTIONS'],
    ['PUT', '/auth', 'GET, HEAD, POST'],
    ['DELETE', '/userinfo', 'GET, HEAD, POST, OPTIONS'],
    ['POST', '/jwks', 'GET, HEAD, OPTIONS'],
    ['GET', '/par', 'POST, OPTIONS'],
    ['GET', '/session/end/confirm', 'POST'],
    ['POST', '/.well-known/openid-configuration', 'GET, HEAD, OPTIONS'],
  ])('%s %s', async (method, path, allow) => {
    const answer = await send(path, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  });
  test('the pages of a sign-in accept POST', () => {
    expect(methodsOf('/interaction/abc/step')).toEqual(['GET', 'HEAD', 'POST']);
    expect(methodsOf('/interaction/a;b=c')).toBeUndefined();
  });
  test('an unknown path stays 404', async () => {
    expect((await send('/nowhere', { method: 'PUT' })).status).toBe(404);
  });
});

describe('A-223b: a client that fails to authenticate gets invalid_client and 401, with a scheme unless it tried in the body', () => {
  test.each(['/token', '/token/introspection', '/token/revocation', '/par'])('%s', async (path) => {
    const given = { grant_type: 'refresh_token', refresh_token: 'x', token: 'x' };
    const basic = { authorization: `Basic ${btoa('web:wrong')}` };
    const tries: readonly (readonly [RequestInit, boolean])[] = [
      [form(given), true],
      [{ ...form(given), headers: basic }, true],
      [form({ ...given, client_id: 'nobody', client_secret: 'x' }), false],
      [form({ ...given, client_id: 'web', client_secret: 'x' }), false],
    ];
    for (const [request, named] of tries) {
      const answer = await send(path, request);
      expect([answer.status, await answer.json()]).toEqual([401, expect.objectContaining({ error: 'invalid_client' })]);
      expect(answer.headers.get('www-authenticate')?.startsWith('Basic realm=') ?? false).toBe(named);
    }
  });
});

test('A-223c: a refreshed ID token has no nonce (Core 12.2), the first one has', async () => {
  const { tokens } = await signIn(bench, config, redirectUri);
  expect(tokens.claims()).toHaveProperty('nonce');
  const again = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
  expect(again.claims()).toHaveProperty('sub');
  expect(again.claims()).not.toHaveProperty('nonce');
});

test('A-223d: the pairwise sector is the host without its port (Core 8.1)', async () => {
  const subs = await Promise.all(
    ['web', 'port', 'named'].map(async (id) => {
      const client = await relyingParty(bench, id, secret);
      const uri = id === 'port' ? 'https://app.example/cb' : redirectUri;
      return (await signIn(bench, client, uri)).claims?.sub;
    }),
  );
  expect(new Set(subs).size).toBe(1);
});

test('A-223e: discovery lists what is accepted', async () => {
  const answer = (await (await send('/.well-known/openid-configuration')).json()) as Record<string, readonly string[]>;
  expect(answer['prompt_values_supported']).toEqual(['none', 'login', 'consent', 'select_account']);
  for (const endpoint of ['revocation', 'introspection'])
    expect(answer[`${endpoint}_endpoint_auth_methods_supported`]).toEqual(
      answer['token_endpoint_auth_methods_supported'],
    );
});

test('A-223f: prompt=select_account asks for the account, with and without a session; with prompt=none it is an error', async () => {
  const { agent, claims } = await signIn(bench, config, redirectUri);
  const subs = new Set<string>();
  for (const browser of [agent, bench.agent()]) {
    const asking = await ask(config, redirectUri, { prompt: 'select_account' });
    const page = await browser.get(asking.url);
    expect(page.body).toContain('data-step="stub"');
    bench.finishing.accountId = 'person-bob';
    let end = await browser.submit(page);
    // Another account replaces the one that was signed in.
    if (end.body.includes('data-step="onward"')) end = await browser.submit(end);
    const tokens = await redeem(config, asking, end);
    bench.finishing.accountId = 'person-ada';
    const { sub } = await oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck);
    subs.add(sub);
  }
  // The relying party gets the account that signed in then, not that of the old session.
  expect([...subs]).toEqual([expect.not.stringMatching(claims?.sub ?? '')]);
  const both = await ask(config, redirectUri, { prompt: 'none select_account' });
  expect((await walk(agent, both)).left?.searchParams.get('error')).toBe('invalid_request');
});

test('A-223f: continuing uses the account of the session, not another one that was chosen', async () => {
  const { agent, claims } = await signIn(bench, config, redirectUri);
  const asking = await ask(config, redirectUri, { prompt: 'select_account' });
  const goOnAs = async (accountId: string) => {
    bench.finishing.accountId = accountId;
    const { uid } = bench.lastOpened() ?? {};
    try {
      return await agent.post(`${bench.issuer}/interaction/${uid}/go-on`, {}, { from: bench.issuer });
    } finally {
      bench.finishing.accountId = 'person-ada';
    }
  };
  await agent.get(asking.url, { from: undefined });
  const other = await goOnAs('person-bob');
  expect([other.left, other.body]).toEqual([undefined, expect.stringContaining('data-step="stub"')]);
  expect((await redeem(config, asking, await goOnAs('person-ada'))).claims()?.sub).toBe(claims?.sub);
});

test('A-223g: a request for another host is logged', async () => {
  await rawly('GET /jwks HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n');
  expect(bench.logLines.join('')).toMatch(/host\.refused[^\n]*other\.example/);
});

test('A-223h: POST /auth accepts as much as GET, and no more', async () => {
  const { url } = await ask(config, redirectUri, { login_hint: 'x'.repeat(11_000) });
  const fields = (more: number) => form({ ...Object.fromEntries(url.searchParams), claims: 'x'.repeat(more) });
  expect((await send('/auth', { ...fields(0), redirect: 'manual' })).status).toBe(303);
  expect((await send('/auth', { ...fields(8_000), redirect: 'manual' })).status).toBe(413);
});

test('A-223i: a client that goes away during its request causes no error in the log', async () => {
  const before = bench.logLines.length;
  for (const path of ['/token', '/auth', '/par'])
    await rawly(
      `POST ${path} HTTP/1.1\r\nHost: localhost:${bench.port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\ngrant_type=`,
      true,
    );
  // The requests after it are answered, so the server has seen these.
  expect((await send('/jwks')).status).toBe(200);
  expect(bench.logLines.slice(before).filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
});

function rawly(text: string, cut = false): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(bench.port, '127.0.0.1', () => {
      socket.write(text, () => {
        if (cut) setImmediate(() => socket.resetAndDestroy());
      });
    });
    socket.on('data', () => undefined);
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}
