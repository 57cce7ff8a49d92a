import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { ada, ask, relyingParty, signIn, startBench, type Bench } from '../test/harness/engine-bench.ts';
import type { HttpAgent } from '../test/harness/http-agent.ts';
import { movedTime } from '../test/harness/moved-time.ts';
import { until } from '../test/harness/until.ts';
import { retryAfter } from './backchannel-logouts.ts';
import { userAgent } from './guarded-fetch.ts';
import { waitsAtMost } from './take-logouts.ts';

const redirectUri = 'https://app.example/cb';
const after = 'https://app.example/bye';
const secret = 'a-secret-of-more-than-32-characters-00';
const web = { id: 'web', name: 'Web shop', secret, redirectUris: [redirectUri], postLogoutRedirectUris: [after] };

let bench: Bench;
let config: oidc.Configuration;
let receiver: Server;
let told: URLSearchParams[] = [];
let refused: URLSearchParams[] = [];
let agents: (string | undefined)[] = [];
let busy = 0;
const time = movedTime(Date.now());

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      agents.push(request.headers['user-agent']);
      if (request.url === '/hangs') return;
      if (request.url === '/busy' && busy > 0) {
        busy -= 1;
        refused.push(new URLSearchParams(body));
        response.writeHead(503).end();
        return;
      }
      if (request.url === '/away') {
        response.writeHead(302, { location: '/logout' }).end();
        return;
      }
      told.push(new URLSearchParams(body));
      response.end();
    });
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  const { port } = receiver.address() as AddressInfo;
  const at = (host: string, path: string) => `http://${host}:${port}${path}`;
  bench = await startBench({
    scheduler: time.scheduler,
    clock: time.clock,
    clients: [
      web,
      { ...web, id: 'asking', askOnLogout: true },
      { ...web, id: 'ec', idTokenAlg: 'ES256' },
      { ...web, id: 'told', backchannelLogoutUri: at('localhost', '/logout') },
      { ...web, id: 'inside', backchannelLogoutUri: at('127.0.0.1', '/logout') },
      { ...web, id: 'busy', backchannelLogoutUri: at('localhost', '/busy') },
      { ...web, id: 'hangs', backchannelLogoutUri: at('localhost', '/hangs') },
      { ...web, id: 'away', backchannelLogoutUri: at('localhost', '/away') },
    ],
    settings: { allowInternalHosts: [`localhost:${port}`] },
  });
  bench.logouts.start();
  config = await relyingParty(bench, 'web', secret);
});
afterAll(async () => {
  await bench.close();
  receiver.closeAllConnections();
  receiver.close();
});
beforeEach(() => {
  told = [];
  refused = [];
  agents = [];
});

const isSignedIn = async (agent: HttpAgent): Promise<boolean> => {
  const page = await agent.get((await ask(config, redirectUri, { prompt: 'none' })).url);
  return page.left?.searchParams.has('code') ?? false;
};
const ending = (params: Record<string, string>): string =>
  `${bench.issuer}/session/end?${new URLSearchParams(params).toString()}`;

const unsigned = (token: string) => {
  const [, payload] = token.split('.');
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
};

/** A token like ours, signed by a key that was removed. */
const ofAnotherKey = (audience: string): string => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const text = [
    { alg: 'RS256', kid: 'gone' },
    { iss: bench.issuer, aud: audience, sub: 'x', exp: 9_999_999_999, iat: 1 },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return `${text.join('.')}.${sign('sha256', Buffer.from(text.join('.')), privateKey).toString('base64url')}`;
};

const signOut = async (id: string): Promise<{ claims: oidc.IDToken | undefined; at: string | undefined }> => {
  const client = await relyingParty(bench, id, secret);
  const { agent, tokens, claims } = await signIn(bench, client, redirectUri);
  const page = await agent.get(ending({ id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: after }));
  return { claims, at: page.left?.href };
};

describe('RP-initiated logout (C4)', () => {
  test('A-584 ends the session of its ID token without a question, returns to the registered address with the state', async () => {
    const { agent, tokens } = await signIn(bench, config, redirectUri);
    const done = await agent.get(
      ending({ id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: after, state: 'xyz' }),
    );
    expect(done.left?.href).toBe(`${after}?state=xyz`);
    expect(await isSignedIn(agent)).toBe(false);
    await expect(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck)).rejects.toMatchObject({
      status: 401,
    });
    expect(bench.audited.some(({ action, person }) => action === 'session.ended' && person === ada.id)).toBe(true);
  });

  test('by POST from the relying party’s page', async () => {
    const { agent, tokens } = await signIn(bench, config, redirectUri);
    const page = await agent.post(
      `${bench.issuer}/session/end`,
      { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: after },
      { from: 'https://app.example/' },
    );
    expect(page.left?.href).toBe(after);
  });

  test('A-584 is asked about where the client wants it, and a yes counts as before', async () => {
    const asking = await relyingParty(bench, 'asking', secret);
    const { agent, tokens } = await signIn(bench, asking, redirectUri);
    const page = await agent.get(
      ending({ id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: after, state: 'xyz' }),
    );
    expect(page.body).toContain('data-step="sign-out"');
    expect(await isSignedIn(agent)).toBe(true);
    expect((await agent.submit(page, { logout: 'yes' })).left?.href).toBe(`${after}?state=xyz`);
    expect(await isSignedIn(agent)).toBe(false);
    expect(bench.audited.at(-1)).toMatchObject({ action: 'session.ended', client: 'asking', person: ada.id });
  });

  test('A-584 is asked about with an ID token of another person, of another session with a sid, and with none', async () => {
    const before = await signIn(bench, config, redirectUri);
    const other = await relyingParty(bench, 'told', secret);
    const told = await signIn(bench, other, redirectUri);
    const { agent } = await signIn(bench, other, redirectUri);
    bench.finishing.accountId = 'person-bob';
    const bob = await signIn(bench, config, redirectUri).finally(() => (bench.finishing.accountId = ada.id));
    const asks = async (browser: HttpAgent, params: Record<string, string>) =>
      (await browser.get(ending({ ...params, post_logout_redirect_uri: after }))).body.includes('data-step="sign-out"');
    expect(await asks(bob.agent, { id_token_hint: before.tokens.id_token ?? '' })).toBe(true);
    expect(await asks(agent, { id_token_hint: told.tokens.id_token ?? '' })).toBe(true);
    expect(await asks(agent, { client_id: 'told' })).toBe(true);
    // A client that this session knows nothing of.
    expect(await asks(agent, { id_token_hint: before.tokens.id_token ?? '' })).toBe(true);
    expect(await isSignedIn(agent)).toBe(true);
  });

  test('A-585 a no changes nothing, tells nobody, and goes back to no service', async () => {
    const client = await relyingParty(bench, 'told', secret);
    const { agent, tokens } = await signIn(bench, client, redirectUri);
    const ended = () => bench.audited.filter(({ action }) => action === 'session.ended').length;
    const before = ended();
    const page = await agent.get(ending({ client_id: 'told', post_logout_redirect_uri: after, state: 'xyz' }));
    const kept = await agent.submit(page, {});
    expect(kept.left).toBeUndefined();
    expect(kept.body).toContain('data-step="still-signed-in"');
    expect(kept.url).toContain('/session/end/kept?client_id=told');
    expect(await isSignedIn(agent)).toBe(true);
    const userinfo = await oidc.fetchUserInfo(client, tokens.access_token, oidc.skipSubjectCheck);
    expect(userinfo.sub).toBeTruthy();
    expect([told, ended()]).toEqual([[], before]);
  });

  test('without parameters: our own page at the end', async () => {
    const { agent } = await signIn(bench, config, redirectUri);
    const done = await agent.submit(await agent.get(ending({ state: 'xyz' })), { logout: 'yes' });
    expect(done).toMatchObject({ status: 200, body: '<main data-step="signed-out"></main>' });
    expect(done.left).toBeUndefined();
    expect(await isSignedIn(agent)).toBe(false);
  });

  test('a forged confirmation ends nothing', async () => {
    const { agent } = await signIn(bench, config, redirectUri);
    await agent.get(ending({}));
    const forged = await agent.post(`${bench.issuer}/session/end/confirm`, { xsrf: 'guess', logout: 'yes' });
    expect(forged.status).toBe(400);
    expect(await isSignedIn(agent)).toBe(true);
  });

  describe('B9-03, A-214: an invalid request is confirmed by the person, signs out here, and redirects nowhere', () => {
    test.each<[string, (hint: string) => Record<string, string>]>([
      [
        'an address that is not registered',
        (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: 'https://evil.example/' }),
      ],
      ['an address that is longer', (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: `${after}/x` })],
      ['a query added', (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: `${after}?x=1` })],
      ['an unsigned hint', (hint) => ({ id_token_hint: unsigned(hint), post_logout_redirect_uri: after })],
      [
        'a hint with another signature',
        (hint) => ({ id_token_hint: `${hint.slice(0, -8)}AAAAAAAA`, post_logout_redirect_uri: after }),
      ],
      ['no hint', () => ({ post_logout_redirect_uri: after })],
      ['one slash more', (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: `${after}/`, state: 'xyz' })],
      ['a hint of a key that is gone', () => ({ id_token_hint: ofAnotherKey('web'), post_logout_redirect_uri: after })],
      [
        'a hint of another algorithm',
        (hint) => ({ id_token_hint: hint, client_id: 'ec', post_logout_redirect_uri: after }),
      ],
      [
        'another client beside the hint',
        (hint) => ({ id_token_hint: hint, client_id: 'told', post_logout_redirect_uri: after }),
      ],
      ['a hint for nobody', () => ({ id_token_hint: ofAnotherKey('gone'), post_logout_redirect_uri: after })],
      ['a client that is not there', () => ({ client_id: 'gone', post_logout_redirect_uri: after })],
      ['a hint that is none', () => ({ id_token_hint: 'rose', post_logout_redirect_uri: after })],
    ])('%s', async (_name, paramsOf) => {
      const { agent, tokens } = await signIn(bench, config, redirectUri);
      const page = await agent.get(ending(paramsOf(tokens.id_token ?? '')));
      expect([page.status, page.body]).toEqual([200, expect.stringContaining('data-step="sign-out"')]);
      const done = await agent.submit(page, { logout: 'yes' });
      expect(done.left).toBeUndefined();
      expect(done.body).toContain('data-step="signed-out"');
      expect(await isSignedIn(agent)).toBe(false);
    });

    test.each<[string, Record<string, string>, object]>([
      [
        'an address that is not registered',
        { client_id: 'web', post_logout_redirect_uri: 'https://evil.example/' },
        { client: 'web', setting: 'clients[].postLogoutRedirectUris' },
      ],
      [
        'a client that is not there',
        { client_id: 'gone', post_logout_redirect_uri: after },
        { setting: 'clients[].id' },
      ],
      ['neither hint nor client', { post_logout_redirect_uri: after }, { description: /id_token_hint or client_id/ }],
      ['a hint that is none', { id_token_hint: 'rose' }, { description: /not an ID token/ }],
    ])('and the log says why: %s', async (_name, params, why) => {
      await bench.agent().get(ending(params));
      const line = JSON.parse(
        bench.logLines.findLast((one) => one.includes('sign-out.not-as-asked')) ?? '{}',
      ) as object;
      const { description, ...facts } = why as { readonly description?: RegExp };
      expect(line).toMatchObject(facts);
      if (description) expect(line).toHaveProperty('description', expect.stringMatching(description));
      expect(JSON.stringify(line)).not.toContain('evil.example');
    });
  });
});

describe('back-channel logout (C5)', () => {
  const isLogged = (what: string, client: string) =>
    new RegExp(`backchannel-logout.${what}[^\\n]*"client":"${client}"`).test(bench.logLines.join(''));

  test('A-092: the logout token', async () => {
    const { claims, at } = await signOut('told');
    expect(at).toBe(after);
    expect(told).toHaveLength(1);
    const [header, payload] = (told[0]?.get('logout_token') ?? '')
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>);
    expect(header).toMatchObject({ typ: 'logout+jwt', alg: 'RS256' });
    expect(payload).toEqual({
      iss: bench.issuer,
      aud: 'told',
      sub: claims?.sub,
      sid: claims?.['sid'],
      jti: expect.stringMatching(/^[\w-]{22,}$/),
      iat: expect.any(Number),
      exp: Number(payload?.['iat']) + 120,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(claims?.['sid']).toBeTruthy();
  });

  test.each([
    ['inside', 'A-103: an address inside that is not allowed is never called'],
    ['away', 'A-103: a redirect is not followed'],
  ])('%s: %s, and the person is signed out all the same', async (id) => {
    expect((await signOut(id)).at).toBe(after);
    await until('it has failed', () => isLogged('failed', id));
    expect(told).toHaveLength(0);
  });

  test('A-221b: a busy relying party gets it again with a new token, until it has accepted it', async () => {
    busy = 2;
    expect((await signOut('busy')).at).toBe(after);
    time.advance(15_000);
    await until('the second try', () => refused.length === 2);
    await until('the third is planned', () => {
      time.advance(60_000);
      return told.length === 1;
    });
    time.advance(3_600_000);
    const ids = [...refused, ...told].map((sent) => {
      const payload = (sent.get('logout_token') ?? '').split('.')[1] ?? '';
      return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly jti: string }).jti;
    });
    expect(new Set(ids).size).toBe(3);
    expect(new Set(agents)).toEqual(new Set([userAgent]));
    expect(userAgent).toMatch(/^Rekey\/\d/);
  });

  test('A-221b: a relying party that stays busy is given up after some tries, and an operator is told', async () => {
    busy = 100;
    await signOut('busy');
    await until('it is given up', () => {
      time.advance(14_400_000);
      return isLogged('given-up', 'busy');
    });
    busy = 0;
    expect(refused.length).toBeGreaterThan(1);
    expect(refused.length).toBeLessThanOrEqual(1 + retryAfter.length);
    const ofLast = bench.audited.findLast(({ action, client }) => action.startsWith('logout.') && client === 'busy');
    expect(ofLast).toMatchObject({
      action: 'logout.given-up',
      client: 'busy',
      person: ada.id,
      facts: { tries: refused.length },
    });
  });

  test('A-253: a relying party that never answers delays the person for a moment, not for the whole try', async () => {
    const signedOut = signOut('hangs');
    await until('it is asked', () => agents.length === 1);
    time.advance(waitsAtMost);
    expect((await signedOut).at).toBe(after);
    expect(isLogged('failed', 'hangs')).toBe(false);
    await until('the try is over', () => isLogged('failed', 'hangs'));
  });
});
