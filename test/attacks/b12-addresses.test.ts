// Attacks with hosts, forwarded headers and addresses that are not ours.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { raw } from './raw-http.ts';
import {
  everyStep,
  appCode,
  begin,
  cookiesOf,
  countComparisons,
  giveCode,
  givePassword,
  gotCode,
  mailedCode,
  personNow,
  send,
  staying,
  toProof,
  uidOf,
} from './visitor.ts';

const rules = { limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 } };

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({ ...staying, ...rules }, { at: Date.now() });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

describe('B12-01: the host of a request appears in no answer', () => {
  test.each(['evil.example', 'a@evil.example', 'localhost', 'localhost:1', ''])(
    'Host: %j while a mail is asked for: refused, nothing sent',
    async (host) => {
      const an = await product.addPerson({ keys: ['email-otp'] });
      const visit = await begin(rp);
      await send(visit, 'choose-key', { key: 'email-otp' });
      const before = product.mails.length;
      const answer = await raw(product.issuer, {
        method: 'POST',
        target: `/interaction/${uidOf(visit)}/password`,
        headers: { host, cookie: cookiesOf(visit), 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ username: an.username, password: an.password }).toString(),
      });
      expect(answer.status).toBe(400);
      expect(answer.body).not.toContain('evil');
      await product.app.flush();
      expect(product.mails.length).toBe(before);
    },
  );

  test('forwarding headers while a mail is requested: they appear in no page or mail', async () => {
    const an = await product.addPerson({ keys: ['email-otp'] });
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-server': 'evil.example',
      'x-forwarded-prefix': '//evil.example',
      'x-original-url': '//evil.example/',
      'x-rewrite-url': '//evil.example/',
      'x-host': 'evil.example',
      forwarded: 'host=evil.example;proto=https;for=evil.example',
      referer: 'https://evil.example/',
    };
    const visit = await begin(rp, { headers });
    expect(visit.base.startsWith(product.issuer)).toBe(true);
    const before = product.mails.length;
    const page = await toProof(visit, an, 'email-otp', { headers });
    const code = await mailedCode(product, an.email, before);
    for (const mail of product.mails.slice(before)) expect(JSON.stringify(mail)).not.toMatch(/evil|https?:/);
    expect(page.body).not.toContain('evil');
    const end = await giveCode(visit, code, { headers });
    expect(end.left?.searchParams.get('iss')).toBe(product.issuer);
    expect(end.trail.join()).not.toContain('evil');
    const discovery = await raw(product.issuer, { target: '/.well-known/openid-configuration', headers });
    expect(discovery.body).not.toContain('evil');
  });
});

test('B12-02: an address from an unconfirmed header counts for nobody', async () => {
  const victim = await product.addPerson({ keys: ['authenticator-app'] });
  const compared = countComparisons(product);
  const visit = await begin(rp);
  await send(visit, 'choose-key', { key: 'authenticator-app' });
  for (let guess = 0; guess < 40; guess += 1) {
    const headers = {
      'x-forwarded-for': `10.0.0.${guess}`,
      forwarded: `for=10.0.0.${guess}`,
      'x-real-ip': `10.0.0.${guess}`,
    };
    await givePassword(visit, { username: victim.username, password: `guess ${guess}` }, { headers });
  }
  expect(compared.of(victim.person.password?.hash)).toBe(20);
  expect(product.logs.join('')).not.toMatch(/10\.0\.0\.\d/);
});

describe('B12-03: malformed and non-normal addresses', () => {
  const paths = (uid: string) => [
    '/%',
    '/%zz',
    '/%e0%a4%a',
    '/%ff%fe',
    '/%00',
    '/interaction/%',
    `/interaction/%E0%A4%A/password`,
    `/interaction/${uid}/%`,
    `/interaction/${uid}/%E0%A4%A`,
    `/interaction/${uid}/%00`,
    `/interaction/${uid}/..%2f..%2fauth`,
    `/interaction/${uid}/../../auth`,
    `/interaction/${uid}/%2e%2e/done`,
    `/interaction/${uid}//done`,
    `/interaction/${uid}/done/done`,
    `/interaction//${uid}`,
    `/interaction/${uid}%00/done`,
    `/interaction/${uid}\\done`,
    '/interaction/__proto__/done',
    '/interaction/constructor',
    '/interaction/a;b=c?language=nl',
    '/interaction/a,b?language=nl',
    '/a;b=c?language=nl',
    '/interaction/../interaction/x',
    `/interaction/${'a'.repeat(7000)}`,
    `/interaction/${uid}/${'a'.repeat(7000)}`,
    '/auth/%',
    '/auth/__proto__',
    `/auth/${uid}%2f`,
    '/auth?%',
    '/auth?client_id=%ff',
    '/auth?client_id=rp&client_id=rp',
    '/auth?client_id[]=rp',
    '/auth?__proto__[x]=1',
    '/session/end?%E0%A4%A',
    '/assets/../main.ts',
    '/assets/%2e%2e/main.ts',
    '/rekey.css/../../main.ts',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/.env',
    '/root.key',
    '/state/root.key',
    '//',
    '/;/',
    '/?',
    '/*',
  ];

  test('are not found or refused, and never a fault or a way through', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    await toProof(visit, an, 'authenticator-app');
    const faults = () => product.logs.filter((line) => (JSON.parse(line) as { level: number }).level >= 50);
    const before = faults().length;
    for (const target of paths(uidOf(visit))) {
      for (const method of ['GET', 'POST']) {
        const answer = await raw(product.issuer, {
          method,
          target,
          headers: { cookie: cookiesOf(visit), 'content-type': 'application/x-www-form-urlencoded' },
          body: method === 'POST' ? 'action=continue&code=000000' : '',
        });
        expect([method, target, answer.status]).toEqual([method, target, expect.any(Number)]);
        expect([method, target, answer.status < 500]).toEqual([method, target, true]);
        expect([
          method,
          target,
          answer.status === 200 && !answer.body.includes('data-step') && !target.startsWith('/session/end'),
        ]).toEqual([method, target, false]);
        expect([method, target, /rp\.example/.test(String(answer.headers['location']))]).toEqual([
          method,
          target,
          false,
        ]);
        expect([method, target, /root:|"dependencies"|import /.test(answer.body)]).toEqual([method, target, false]);
      }
    }
    expect(faults().slice(before)).toEqual([]);
  });

  test('no method but the right ones does anything, on any route', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    await toProof(visit, an, 'authenticator-app');
    const code = appCode(an.totp, product.clock.now());
    const uid = uidOf(visit);
    const routes = [
      `/interaction/${uid}`,
      ...everyStep.map((step) => `/interaction/${uid}/${step}`),
      '/auth',
      `/auth/${uid}`,
      '/token',
      '/userinfo',
      '/jwks',
      '/par',
      '/session/end',
      '/session/end/confirm',
      '/token/introspection',
      '/token/revocation',
      '/.well-known/openid-configuration',
      '/health',
      '/rekey.css',
      '/',
    ];
    for (const target of routes) {
      for (const method of ['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'LOCK', 'QUERY']) {
        const answer = await raw(product.issuer, {
          method,
          target,
          headers: {
            cookie: cookiesOf(visit),
            'content-type': 'application/x-www-form-urlencoded',
            'x-http-method-override': 'POST',
            'x-method-override': 'POST',
          },
          body: method === 'HEAD' || method === 'TRACE' ? '' : `action=continue&code=${code}&_method=POST`,
        });
        expect([method, target, answer.status < 500]).toEqual([method, target, true]);
        expect([method, target, /rp\.example/.test(String(answer.headers['location']))]).toEqual([
          method,
          target,
          false,
        ]);
        // TRACE must not return cookies.
        if (method === 'TRACE') expect([target, answer.body.includes('rekey-interaction=')]).toEqual([target, false]);
      }
    }
    // It did not count: the code is still valid.
    const fresh = await begin(rp);
    await toProof(fresh, an, 'authenticator-app');
    expect((await personNow(product, an)).keys[0]?.attempts.count).toBe(0);
    expect(gotCode(await giveCode(fresh, code))).toBe(true);
  });
});
