import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type Pending, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  cardCode,
  giveCode,
  givePassword,
  going,
  gotCode,
  look,
  send,
  signIn,
  staying,
  stepOf,
  toProof,
} from './visitor.ts';

const rules = { limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 } };
const second = {
  id: 'second',
  secret: 'a-secret-of-the-relying-party-2',
  redirectUri: 'https://second.example/callback',
};
const after = 'https://rp.example/';

let product: Product;
let rp: RelyingParty;
let secondRp: RelyingParty;
beforeAll(async () => {
  product = await startProduct(
    {
      ...staying,
      ...rules,
      clients: [
        {
          id: 'rp',
          secret: 'a-secret-of-the-relying-party-1',
          redirectUris: ['https://rp.example/callback'],
          postLogoutRedirectUris: [after],
        },
        { id: second.id, secret: second.secret, redirectUris: [second.redirectUri] },
      ],
    },
    { at: Date.now() },
  );
  rp = await relyingParty(product.issuer, product.client);
  secondRp = await relyingParty(product.issuer, second);
});
afterAll(() => product.close());

async function signedIn(parameters: Readonly<Record<string, string>> = {}) {
  const an = await product.addPerson({ keys: ['authenticator-app'] });
  const visit = await begin(rp, parameters);
  const end = await signIn(product, visit, an, 'authenticator-app');
  if (!end.left) throw new Error(end.body);
  return { an, visit, left: end.left };
}

describe('B9-01: PKCE cannot be removed on either side', () => {
  const stripped = async (change: (parameters: URLSearchParams) => void) => {
    const { url } = await rp.begin();
    change(url.searchParams);
    return new HttpAgent().get(url);
  };

  test.each<[string, (parameters: URLSearchParams) => void]>([
    [
      'no challenge',
      (parameters) => {
        parameters.delete('code_challenge');
        parameters.delete('code_challenge_method');
      },
    ],
    ['a method without a challenge', (parameters) => parameters.delete('code_challenge')],
    ['an empty challenge', (parameters) => parameters.set('code_challenge', '')],
    ['plain', (parameters) => parameters.set('code_challenge_method', 'plain')],
    ['no method, which means plain', (parameters) => parameters.delete('code_challenge_method')],
    ['a short challenge', (parameters) => parameters.set('code_challenge', 'x')],
    ['two challenges', (parameters) => parameters.append('code_challenge', 'x'.repeat(43))],
  ])('at the beginning: %s', async (_title, change) => {
    const page = await stripped(change);
    expect(gotCode(page)).toBe(false);
    expect(page.left?.searchParams.get('error') ?? stepOf(page)).toMatch(/^(invalid_request|refused)$/);
  });

  test.each<[string, (pending: Pending) => Pending]>([
    ['another verifier', (pending) => ({ ...pending, verifier: 'x'.repeat(43) })],
    [
      'the challenge itself',
      (pending) => ({ ...pending, verifier: pending.url.searchParams.get('code_challenge') ?? '' }),
    ],
  ])('at the end: %s', async (_title, change) => {
    const { visit, left } = await signedIn();
    await expect(rp.finish(change(visit.pending), left)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('at the end: no verifier', async () => {
    const { left } = await signedIn();
    const answer = await fetch(`${product.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('rp:a-secret-of-the-relying-party-1').toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: left.searchParams.get('code') ?? '',
        redirect_uri: product.client.redirectUri,
      }),
    });
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([400, 'invalid_grant']);
  });
});

test('B9-02: addresses that are nearly the registered one get an error page, never a redirect', async () => {
  for (const redirectUri of [
    'http://rp.example/callback',
    'https://rp.example/callback/',
    'https://rp.example/callbac',
    'https://rp.example/callback2',
    'https://rp.example/Callback',
    'https://rp.example:443/callback',
    'https://rp.example:8443/callback',
    'https://RP.example/callback',
    'https://rp.example./callback',
    'https://rp.example/callback?x=1',
    'https://rp.example/callback?',
    'https://rp.example/callback#x',
    'https://rp.example/callback#',
    'https://rp.example/./callback',
    'https://rp.example/x/../callback',
    'https://rp.example//callback',
    'https://rp.example/call%62ack',
    'https://rp.example%2fcallback',
    'https://rp.example/callback%2f..',
    'https://rp.example\\callback',
    'https://rp.example/callback\\..\\x',
    'https://rp.example@evil.example/callback',
    'https://user@rp.example/callback',
    'https://rp.example.evil.example/callback',
    'https://evil.example/https://rp.example/callback',
    'https://evil.example?https://rp.example/callback',
    'https://rp.еxample/callback',
    'https://ｒｐ.example/callback',
    ' https://rp.example/callback',
    'https://rp.example/callback ',
    'https://rp.example/callback\t',
    'https://rp.example/callback\0',
    'HTTPS://rp.example/callback',
    '//rp.example/callback',
    '/callback',
    'javascript:alert(1)',
    'data:text/html,x',
    second.redirectUri,
    '',
  ]) {
    for (const more of [{}, { prompt: 'none' }, { response_mode: 'form_post' }, { scope: 'nonsense' }]) {
      const page = await new HttpAgent().get((await rp.begin({ redirect_uri: redirectUri, ...more })).url, {
        follow: 'no',
      });
      expect([redirectUri, page.status, page.headers.location, stepOf(page)]).toEqual([
        redirectUri,
        400,
        undefined,
        'refused',
      ]);
    }
  }
  const { url } = await rp.begin();
  url.searchParams.append('redirect_uri', 'https://evil.example/');
  expect((await new HttpAgent().get(url, { follow: 'no' })).headers.location).toBeUndefined();
});

describe('a request that cannot be answered at the relying party', () => {
  const told = async (url: URL | string): Promise<readonly [string, string | undefined]> => {
    const { body } = await new HttpAgent().get(url);
    return [body, /<code lang="en"[^>]*>([^<]*)</.exec(body)?.[1]];
  };

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['an address that is not registered', { redirect_uri: 'https://evil.example/<b>' }, /^invalid_redirect_uri: /],
    ['a client that nobody knows', { client_id: '<b>nobody' }, /^invalid_client: /],
  ])('%s: the page says to developers what is wrong, and nothing of what was sent', async (_title, wrong, cause) => {
    const [body, said] = await told((await rp.begin(wrong)).url);
    expect(said).toMatch(cause);
    for (const sent of Object.values(wrong)) expect(body).not.toContain(sent.split('<')[0] || sent);
  });

  test('A-214: a sign-out with an address that is not registered is asked here, and says nothing of the address', async () => {
    const { left, visit } = await signedIn();
    const tokens = await rp.finish(visit.pending, left);
    const wrong = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: 'https://evil.example/' };
    const page = await visit.agent.get(`${product.issuer}/session/end?${new URLSearchParams(wrong).toString()}`);
    expect(stepOf(page)).toBe('sign-out');
    expect(page.body).not.toContain('evil.example');
    const done = await visit.agent.submit(page, { logout: 'yes' });
    expect([stepOf(done), done.left]).toEqual(['signed-out', undefined]);
  });

  test('a page about another fault has no such line', async () => {
    expect((await told(`${product.issuer}/nowhere`))[1]).toBeUndefined();
  });
});

describe('B9-03: signing out redirects only to registered addresses', () => {
  const unsigned = (hint: string) =>
    [Buffer.from('{"alg":"none"}').toString('base64url'), hint.split('.')[1], ''].join('.');
  const ways: readonly (readonly [string, (hint: string) => Readonly<Record<string, string>>, boolean])[] = [
    ['registered, with the hint', (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: after }), true],
    ['not registered', (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: 'https://evil.example/' }), false],
    ['longer', (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: `${after}x` }), false],
    ['with a query', (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: `${after}?x` }), false],
    ['//', (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: '//evil.example' }), false],
    ['no hint', () => ({ post_logout_redirect_uri: after }), false],
    ['an unsigned hint', (hint) => ({ id_token_hint: unsigned(hint), post_logout_redirect_uri: after }), false],
    [
      'a broken hint',
      (hint) => ({ id_token_hint: `${hint.slice(0, -6)}AAAAAA`, post_logout_redirect_uri: after }),
      false,
    ],
    [
      'another client’s hint',
      (hint) => ({ id_token_hint: hint, client_id: 'second', post_logout_redirect_uri: after }),
      false,
    ],
  ];
  test.each(ways)('%s', async (_title, parametersOf, leads) => {
    const { visit, left } = await signedIn();
    const { id_token: hint = '' } = await rp.finish(visit.pending, left);
    const { agent } = visit;
    let page = await agent.get(`${product.issuer}/session/end?${new URLSearchParams(parametersOf(hint)).toString()}`);
    if (stepOf(page) === 'sign-out') page = await agent.submit(page, { logout: 'yes' });
    expect(page.left?.href).toBe(leads ? after : undefined);
  });
});

describe('B9-04: no redirect leads to another host', () => {
  test.each([
    '//evil.example',
    '//evil.example/',
    '///evil.example/x',
    '/\\evil.example',
    '/\\/evil.example',
    '/%09/evil.example',
    '/%5cevil.example',
    '/.//evil.example',
    '/https://evil.example',
    '//evil.example/interaction/x',
    '/interaction//evil.example',
  ])('%s', async (path) => {
    const { host } = new URL(product.issuer);
    for (const query of ['', '?language=nl', '?language=nl&language=fr']) {
      const raw = await fetchRaw(product.issuer, `${path}${query}`);
      const location = raw.headers.get('location');
      if (location !== null) expect(new URL(location, product.issuer).host).toBe(host);
      expect(raw.status).toBeLessThan(500);
      for (const [, href = ''] of raw.body.matchAll(/(?:href|action)="([^"]*)"/g)) {
        expect([href, new URL(href.replaceAll('&amp;', '&'), product.issuer).host]).toEqual([href, host]);
      }
    }
  });
});

/** The target as it is: no URL parser between. */
async function fetchRaw(origin: string, target: string) {
  const { request } = await import('node:http');
  const { hostname, port, host } = new URL(origin);
  return new Promise<{ status: number; headers: Headers; body: string }>((resolve, reject) => {
    const asked = request({ hostname, port, path: target, headers: { host, accept: 'text/html' } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: new Headers(answer.headers.location === undefined ? {} : { location: answer.headers.location }),
          body,
        }),
      );
    });
    asked.on('error', reject).end();
  });
}

describe('B9-05: a code or request of one relying party is useless to another', () => {
  test('a code', async () => {
    const { visit, left } = await signedIn();
    const stolen = await fetch(`${product.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`second:${second.secret}`).toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: left.searchParams.get('code') ?? '',
        redirect_uri: product.client.redirectUri,
        code_verifier: visit.pending.verifier,
      }),
    });
    expect([stolen.status, ((await stolen.json()) as { error: string }).error]).toEqual([400, 'invalid_grant']);
  });

  test('a pushed request; and an earlier one is valid once', async () => {
    const { url } = await rp.begin();
    const pushed = await oidc.buildAuthorizationUrlWithPAR(rp.configuration, url.searchParams);
    const other = new URL(pushed);
    other.searchParams.set('client_id', 'second');
    const page = await new HttpAgent().get(other);
    expect([stepOf(page), gotCode(page)]).toEqual(['refused', false]);
    await expect(secondRp.begin({ request_uri: pushed.searchParams.get('request_uri') ?? '' })).resolves.toBeDefined();
    expect(stepOf(await new HttpAgent().get(pushed))).toBe('choose-key');
  });
});

describe('B9-06: a level that is not met is an error, never a weaker token', () => {
  const essential = (...values: string[]) => ({
    claims: JSON.stringify({ id_token: { acr: { essential: true, values } } }),
  });

  test.each([
    ['essential', essential('urn:rekey:acr:substantial')],
    ['essential, beside a weaker wish', { ...essential('urn:rekey:acr:substantial'), acr_values: 'urn:rekey:acr:low' }],
    ['wished', { acr_values: 'urn:rekey:acr:substantial' }],
  ])('%s, and the person has only a weak key', async (_title, parameters) => {
    const an = await product.addPerson({ keys: ['email-otp'] });
    const visit = await begin(rp, parameters);
    for (const key of ['email-otp', 'authenticator-app', 'token-card'] as const) {
      expect(gotCode(await toProof(visit, an, key))).toBe(false);
      expect(stepOf(await look(visit))).not.toBe('prove-key');
    }
    await send(visit, 'refused', { action: 'cancel' });
    const page = await send(visit, 'refused', { action: 'cancel' });
    expect(gotCode(page)).toBe(false);
    await product.app.flush();
    expect(product.mails.filter(({ to }) => to === an.email)).toEqual([]);
  });

  test.each([
    ['a level that nothing here reaches', essential('urn:rekey:acr:high')],
    ['a value that nobody knows', essential('urn:somebody:else')],
    ['a wish that nothing reaches', { acr_values: 'urn:rekey:acr:high' }],
  ])('%s: the standard error at once', async (_title, parameters) => {
    const page = await new HttpAgent().get((await rp.begin(parameters)).url);
    expect(page.left?.searchParams.get('error')).toBe('unmet_authentication_requirements');
  });

  test('met: the token says so, and the answer names its issuer', async () => {
    const { visit, left } = await signedIn({ acr_values: 'urn:rekey:acr:substantial' });
    expect((await rp.finish(visit.pending, left)).claims()).toMatchObject({ acr: 'urn:rekey:acr:substantial' });
    expect(left.searchParams.get('iss')).toBe(product.issuer);
  });
});

test('A-088: auth_time is when the key was proved, not when a dialog was closed', async () => {
  const moved = await startProduct({ ...going(), ...rules, signIn: { order: 'name-first' } });
  try {
    const party = await relyingParty(moved.issuer, moved.client);
    const an = await moved.addPerson();
    const visit = await begin(party);
    const asked = await givePassword(visit, an);
    const proved = Math.floor(moved.clock.now() / 1000);
    expect(stepOf(await giveCode(visit, cardCode(an, asked)))).toBe('phase-out');
    moved.clock.advance(20 * 60_000);
    const end = await send(visit, 'phase-out', { action: 'postpone' });
    expect((await party.finish(visit.pending, end.left as URL)).claims()).toMatchObject({ auth_time: proved });
  } finally {
    await moved.close();
  }
});
