import { createServer, request } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { ada, ask, relyingParty, signIn, startBench, type Bench } from '../test/harness/engine-bench.ts';
import { StorageUnavailable, type Storage } from '../adapters/storage/port.ts';

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
let broken: StorageUnavailable | undefined;

/** Writes of interactions fail while `broken` is set. */
function breakable(storage: Storage): Storage {
  return {
    ...storage,
    collection(spec) {
      const collection = storage.collection(spec);
      return {
        ...collection,
        insert: (...given) => (broken ? Promise.reject(broken) : collection.insert(...given)),
      };
    },
  };
}

beforeAll(async () => {
  bench = await startBench({ clients: [web, old, spa], wrapStorage: breakable });
  config = await relyingParty(bench, 'web', secret);
});
afterAll(() => bench.close());

describe('B9-04: no answer redirects to another host', () => {
  test.each(['//evil.example', '/\\evil.example', '/%09/evil.example', '///evil.example/auth', '/auth//evil.example'])(
    '%s',
    async (path) => {
      const page = await bench.agent().get(bench.issuer + path, { follow: 'no' });
      expect(page.status).toBeGreaterThanOrEqual(400);
      expect(page.headers).not.toHaveProperty('location');
    },
  );
});

describe('B12-01, B12-02: the host is always the issuer’s', () => {
  const discovery = '/.well-known/openid-configuration';

  test.each(['evil.example', 'evil.example:80', 'localhost', 'localhost:1', 'a@evil.example', ''])(
    'Host: %j is refused',
    async (host) => {
      const answer = await raw(discovery, { host });
      expect(answer.status).toBe(400);
      expect(answer.body).not.toContain('evil.example/');
    },
  );

  test('a target in absolute form is refused, two hosts too', async () => {
    const host = new URL(bench.issuer).host;
    expect((await raw(`http://evil.example${discovery}`, { host })).status).toBe(400);
    const twice = await sendRaw(
      bench.port,
      `GET ${discovery} HTTP/1.1\r\nHost: ${host}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    );
    expect(twice).toMatch(/^HTTP\/1.1 400 /);
  });

  test('forwarding headers change nothing without a proxy', async () => {
    const host = new URL(bench.issuer).host;
    const answer = await raw(discovery, {
      host,
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example;proto=https',
    });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ token_endpoint: `${bench.issuer}/token` });
  });
});

describe('behind TLS and a proxy', () => {
  let tls: Bench;
  let seen: string[] = [];
  beforeAll(async () => {
    tls = await startBench({ clients: [web], issuer: 'https://id.example', settings: { proxy: true } });
    tls.app.use(async (ctx: { ip: string }, next: () => Promise<unknown>) => {
      seen.push(ctx.ip);
      await next();
    });
  });
  afterAll(() => tls.close());

  test('a whole sign-in: https everywhere, prefixed cookies that a browser accepts, HSTS', async () => {
    const tlsConfig = await relyingParty(tls, 'web', secret);
    const { agent } = await signIn(tls, tlsConfig, redirectUri);
    expect(
      Object.fromEntries(
        agent.cookies.map(({ name, path, secure, httpOnly, sameSite }) => [
          name.replace(/^(__Host-sign-in-)[\w-]{12}$/, '$1…'),
          { path, secure, httpOnly, sameSite },
        ]),
      ),
    ).toEqual({
      '__Secure-interaction': {
        path: expect.stringMatching(/^\/interaction\//),
        secure: true,
        httpOnly: true,
        sameSite: 'lax',
      },
      '__Secure-interaction.sig': expect.objectContaining({ secure: true, httpOnly: true }),
      '__Host-sign-in-…': { path: '/', secure: true, httpOnly: true, sameSite: 'lax' },
      '__Host-session': { path: '/', secure: true, httpOnly: true, sameSite: 'lax' },
      '__Host-session.sig': { path: '/', secure: true, httpOnly: true, sameSite: 'lax' },
    });
    const page = await agent.get('https://id.example/.well-known/openid-configuration');
    expect(page.headers['strict-transport-security']).toBe('max-age=31536000');
    expect(JSON.parse(page.body)).toMatchObject({
      issuer: 'https://id.example',
      token_endpoint: 'https://id.example/token',
    });
    // From another site by POST, with these cookies.
    const asking = await ask(tlsConfig, redirectUri, { prompt: 'none' });
    const again = await agent.post('https://id.example/auth', [...asking.url.searchParams], {
      from: 'https://app.example/',
    });
    expect(again.left?.searchParams.get('code')).toBeTruthy();
  });

  test('X-Forwarded-Host must be ours; in X-Forwarded-For the proxy’s own entry counts', async () => {
    const agent = tls.agent();
    const get = (headers: Record<string, string>) => agent.get('https://id.example/nothing', { headers });
    expect((await get({ 'x-forwarded-host': 'evil.example' })).status).toBe(400);
    expect((await get({ 'x-forwarded-host': 'id.example, evil.example' })).status).toBe(400);
    expect((await get({ 'x-forwarded-host': 'id.example' })).status).toBe(404);
    seen = [];
    await get({ 'x-forwarded-for': '1.2.3.4, 9.9.9.9' });
    expect(seen).toEqual(['9.9.9.9']);
  });
});

describe('A-108, B8-05: headers', () => {
  test.each(['/auth', '/nothing', '/token', '/session/end', '/session/end/success', '/interaction/x', '/userinfo'])(
    '%s',
    async (path) => {
      const { headers } = await bench.agent().get(bench.issuer + path, { follow: 'no' });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      const policy = headers['content-security-policy'] as string;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).not.toContain('form-action');
      expect(policy).not.toContain('unsafe');
      expect(headers).not.toHaveProperty('cross-origin-opener-policy');
      expect(headers).not.toHaveProperty('strict-transport-security');
      expect(headers).not.toHaveProperty('x-powered-by');
    },
  );
});

describe('faults', () => {
  test('a store that cannot be written: a page that says so; the log has cause and reference, and no parameter', async () => {
    broken = new StorageUnavailable('full', 'The disk is full.');
    const asking = await ask(config, redirectUri);
    const lines = bench.logLines.length;
    const page = await bench.agent().get(asking.url);
    expect(page).toMatchObject({
      status: 503,
      body: '<main data-step="refused" data-reason="service_unavailable"></main>',
    });
    broken = undefined;
    const line = bench.logLines.slice(lines).find((text) => text.includes('request.failed')) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      route: 'authorization',
      client: 'web',
      err: { name: 'StorageUnavailable' },
    });
    expect(bench.errors.at(-1)).toEqual({
      status: 503,
      reason: 'service_unavailable',
      error: 'server_error',
      description: undefined,
      reference: (JSON.parse(line) as { reference: string }).reference,
    });
    expect(line).not.toContain(asking.state);
    expect(line).not.toContain(asking.nonce);
  });

  test('no log line of this whole file carries a code, a token, a secret or an address', async () => {
    const { tokens, page } = await signIn(bench, config, redirectUri);
    const log = bench.logLines.join('');
    const secrets = [
      page.left?.searchParams.get('code'),
      tokens.access_token,
      tokens.refresh_token,
      tokens.id_token,
      secret,
      ada.email,
    ];
    for (const value of secrets) expect(log).not.toContain(value);
    expect(log).toContain('token.issued');
  });
});

const raw = (path: string, headers: Record<string, string>, port = bench.port) => {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const asked = request({ host: '127.0.0.1', port, path, headers, setHost: false }, (answer) => {
    let body = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
  });
  asked.on('error', reject).end();
  return promise;
};

/** A request as bytes, for what node's client will not send. */
function sendRaw(port: number, text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let answer = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(text));
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
  socket.on('error', reject).on('close', () => resolve(answer));
  return promise;
}

test('an issuer with a path or a slash at the end is refused at start', async () => {
  await expect(startBench({ clients: [], issuer: 'https://id.example/' })).rejects.toThrow('origin');
  await expect(startBench({ clients: [], issuer: 'https://id.example/oidc' })).rejects.toThrow('origin');
});

test('B9-09: an internal jwks_uri is fetched only from a host that is permitted by name', async () => {
  let asked = 0;
  const inside = createServer((_request, response) => {
    asked += 1;
    response.end('{"keys":[]}');
  });
  await new Promise<void>((resolve) => {
    inside.listen(0, '127.0.0.1', resolve);
  });
  const { port } = inside.address() as AddressInfo;
  const { privateKey } = await oidc.randomDPoPKeyPair('ES256');
  for (const allowInternalHosts of [[], [`localhost:${port}`]]) {
    const guarded = await startBench({
      clients: [
        {
          id: 'jwt',
          name: 'Jwt',
          redirectUris: [redirectUri],
          tokenEndpointAuthMethod: 'private_key_jwt',
          jwksUri: `http://localhost:${port}/jwks`,
        },
      ],
      settings: { allowInternalHosts },
    });
    const jwt = await oidc.discovery(new URL(guarded.issuer), 'jwt', {}, oidc.PrivateKeyJwt(privateKey), {
      execute: [oidc.allowInsecureRequests],
      [oidc.customFetch]: guarded.agent().fetch as oidc.CustomFetch,
    });
    await expect(
      oidc.genericGrantRequest(jwt, 'authorization_code', { code: 'x', redirect_uri: redirectUri }),
    ).rejects.toMatchObject({ error: 'invalid_client' });
    expect(asked).toBe(allowInternalHosts.length);
    await guarded.close();
  }
  inside.close();
});
