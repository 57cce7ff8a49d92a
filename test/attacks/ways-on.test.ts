import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  giveCode,
  givePassword,
  gotCode,
  look,
  reasonOf,
  rightCode,
  send,
  signIn,
  stepOf,
  toProof,
} from './visitor.ts';

const url = 'https://tax.example/start?a=1&b=2';
const link =
  '<a class="button button-main" href="https://tax.example/start?a&#x3D;1&amp;b&#x3D;2">Go to Tax office</a>';

const toFront = '<a class="button button-main" href="/">Go to the start page</a>';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    clients: [
      {
        id: 'rp',
        name: 'Tax office',
        url,
        secret: 'a-secret-of-the-relying-party-1',
        redirectUris: ['https://rp.example/callback'],
      },
    ],
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

test('A-215 a browser that keeps no cookies is told so, and where to go', async () => {
  const agent = new HttpAgent();
  const redirect = await agent.get((await rp.begin()).url, { follow: 'no' });
  agent.forgetCookies();
  const page = await agent.get(redirect.headers.location ?? '');
  expect([page.status, stepOf(page), reasonOf(page)]).toEqual([403, 'refused', 'cookies_missing']);
  expect(page.body).toContain(link);
});

test('A-215 a foreign link, a request that is wrong and the page after signing out lead to the service', async () => {
  const { base } = await begin(rp);
  const { agent } = await begin(rp);
  const foreign = await agent.get(base);
  expect([reasonOf(foreign), foreign.body.includes(link)]).toEqual(['interaction_foreign', true]);
  const wrong = await agent.get((await rp.begin({ redirect_uri: 'https://evil.example/' })).url);
  expect([reasonOf(wrong), wrong.body.includes(link)]).toEqual(['request_invalid', true]);
  const asked = await agent.get(`${product.issuer}/session/end?client_id=rp`);
  const out = await agent.submit(asked, { logout: 'yes' });
  expect([stepOf(out), out.body.includes(link)]).toEqual(['signed-out', true]);
  // Nobody’s page names no service, and leads to the front page.
  const nobodys = await agent.get(`${product.issuer}/nothing`);
  expect([nobodys.body.includes('tax.example'), nobodys.body.includes(toFront)]).toEqual([false, true]);
});

test('A-215 an old page of a sign-in leads to its service, in the browser that had it', async () => {
  const { agent, base } = await begin(rp);
  product.clock.advance(86_400_000 / 2);
  for (const page of [await agent.get(base), await agent.post(`${base}/password`, { username: 'a' }, { from: base })])
    expect([page.status, reasonOf(page), page.body.includes(link)]).toEqual([410, 'interaction_expired', true]);
  const stranger = await new HttpAgent().get(base);
  expect([reasonOf(stranger), stranger.body.includes('tax.example'), stranger.body.includes(toFront)]).toEqual([
    'interaction_expired',
    false,
    true,
  ]);
});

/** The last redirect of a sign-in, which was not followed yet. */
const heldBack = async () => {
  const visit = await begin(rp);
  const an = await product.addPerson({ keys: ['token-card'] });
  const asked = await toProof(visit, an, 'token-card');
  const { headers } = await giveCode(visit, await rightCode(product, an, asked), { follow: 'no' });
  expect(headers.location).toMatch(/\/auth\/[\w-]+$/);
  return { agent: visit.agent, end: headers.location ?? '' };
};

test('A-250 a sign-in whose end is followed too late, or twice, leads to its service, in the browser that had it', async () => {
  const late = await heldBack();
  product.clock.advance(86_400_000 / 2);
  const page = await late.agent.get(late.end);
  expect([page.status, reasonOf(page), page.body.includes(link)]).toEqual([400, 'interaction_expired', true]);
  const twice = await heldBack();
  expect(gotCode(await twice.agent.get(twice.end))).toBe(true);
  const again = await twice.agent.get(twice.end);
  expect([again.status, reasonOf(again), again.body.includes(link)]).toEqual([400, 'interaction_expired', true]);
  // Nothing says whose it was: the page is the same, and leads to the front page.
  const stranger = await new HttpAgent().get(late.end);
  expect([reasonOf(stranger), stranger.body.includes('tax.example'), stranger.body.includes(toFront)]).toEqual([
    'interaction_expired',
    false,
    true,
  ]);
});

test('A-250 the end of a sign-in in another browser leads to its service too', async () => {
  const { agent, end } = await heldBack();
  const thief = new HttpAgent();
  thief.cookies.push(...agent.cookies.filter(({ name }) => /^rekey-(interaction|resume)/.test(name)));
  const page = await thief.get(end);
  expect([page.status, reasonOf(page), page.body.includes(link)]).toEqual([403, 'interaction_foreign', true]);
});

test('A-215 a form from elsewhere, and one that is none, lead on within a sign-in', async () => {
  const { agent, base } = await begin(rp);
  const foreign = await agent.post(`${base}/choose-key`, { key: 'x' }, { from: 'https://evil.example/' });
  expect([foreign.status, reasonOf(foreign), foreign.body.includes(link)]).toEqual([403, 'request_foreign', true]);
  const twice = [
    ['key', 'a'],
    ['key', 'b'],
  ] as const;
  const none = await agent.post(`${base}/choose-key`, twice, { from: base });
  expect([none.status, reasonOf(none), none.body.includes(link)]).toEqual([400, 'input_invalid', true]);
  const long = await agent.post(`${base}/choose-key`, { key: 'x'.repeat(20_000) }, { from: base });
  expect([long.status, long.body.includes(link)]).toEqual([413, true]);
});

test('A-215 what the browser says of a service names only one of the configuration', async () => {
  const { base } = await begin(rp);
  for (const value of ['evil', '%', 'https%3A%2F%2Fevil.example', '%00', 'x'.repeat(600)]) {
    const page = await new HttpAgent().get(base, { headers: { cookie: `rekey_service=${value}` } });
    expect([reasonOf(page), page.body.includes('evil')]).toEqual(['interaction_foreign', false]);
  }
});

test.each([
  ['nl', 'U bent afgemeld'],
  ['de', 'Sie sind abgemeldet'],
])('A-223j ui_locales counts on the page after signing out too: %s', async (language, says) => {
  const visit = await begin(rp);
  const an = await product.addPerson({ keys: ['token-card'] });
  expect(gotCode(await signIn(product, visit, an, 'token-card'))).toBe(true);
  const { agent } = visit;
  const asked = await agent.get(`${product.issuer}/session/end?client_id=rp&ui_locales=${language}%20fr`);
  expect([stepOf(asked), asked.body.includes(`<html lang="${language}"`)]).toEqual(['sign-out', true]);
  const out = await agent.submit(asked, { logout: 'yes' });
  expect([stepOf(out), out.body.includes(`<html lang="${language}"`), out.body.includes('tax.example')]).toEqual([
    'signed-out',
    true,
    true,
  ]);
  expect(out.body).toContain(says);
  const bare = await agent.submit(await agent.get(`${product.issuer}/session/end?ui_locales=${language}`), {});
  expect([stepOf(bare), bare.body.includes(`<html lang="${language}"`)]).toEqual(['signed-out', true]);
});

test('A-255 ui_locales counts on the page that sends the answer on by a form, at the end of a sign-in and without one', async () => {
  const asked = { response_mode: 'form_post', ui_locales: 'de fr' };
  const visit = await begin(rp, asked);
  const an = await product.addPerson({ keys: ['token-card'] });
  const end = await signIn(product, visit, an, 'token-card');
  const silent = await visit.agent.get((await rp.begin({ ...asked, prompt: 'none' })).url);
  const { url } = await rp.begin({ ...asked, prompt: 'none' });
  const pushed = await oidc.buildAuthorizationUrlWithPAR(rp.configuration, url.searchParams);
  for (const page of [end, silent, await visit.agent.get(pushed)])
    expect([stepOf(page), page.body.includes('<html lang="de"')]).toEqual(['onward', true]);
});

describe('A-223k the switch of languages judges nothing and keeps no secret', () => {
  test('a password and a code beside it are not tried, and the form must be ours', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'authenticator-app' });
    const all = { username: an.username, password: an.password, action: 'continue', language: 'fr', credential: 'x' };
    const page = await send(visit, 'password', all);
    expect([stepOf(page), page.body.includes('<html lang="fr"'), page.body.includes(an.username)]).toEqual([
      'password',
      true,
      true,
    ]);
    expect(page.body).not.toContain(an.password);
    const foreign = await send(visit, 'password', { language: 'de' }, { from: 'https://evil.example/' });
    expect(reasonOf(foreign)).toBe('request_foreign');
    for (const language of ['xx', '', '__proto__'])
      expect(stepOf(await send(visit, 'password', { language }))).toBe('password');
    expect((await look(visit)).body).toContain('<html lang="fr"');
    // A step that is not open is not opened by it.
    expect(stepOf(await send(visit, 'done', { language: 'nl' }))).toBe('password');
    const asked = await givePassword(visit, an);
    expect(gotCode(await giveCode(visit, await rightCode(product, an, asked)))).toBe(true);
  });
});

test('A-561 a page that ends names the help desk, and leads to My digital keys, the activation and the service', async () => {
  const helpDesk = { telephone: '02 555 01 00', hours: 'Mo–Fr 9–17' };
  const own = await startProduct({
    helpDesk,
    activation: { enabled: true },
    sites: { selfService: true, desk: { groups: ['desk'] } },
    clients: [
      {
        id: 'rp',
        name: 'Tax office',
        url,
        secret: 'a-secret-of-the-relying-party-1',
        redirectUris: ['https://rp.example/callback'],
      },
    ],
  });
  const said = ({ body }: { readonly body: string }) => {
    const main = /<main[^]*<\/main>/.exec(body)?.[0] ?? '';
    const whole = [...body.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href);
    const hrefs = [...main.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href);
    const named = [helpDesk.telephone, helpDesk.hours].every((one) => body.includes(one));
    return { named, dials: whole.includes('tel:025550100'), hrefs };
  };
  try {
    const there = await relyingParty(own.issuer, own.client);
    const an = await own.addPerson({ keys: ['email-otp'] });
    // A key that the person does not have: within the sign-in.
    const visit = await begin(there);
    const refused = await toProof(visit, an, 'token-card');
    expect([stepOf(refused), reasonOf(refused)]).toEqual(['refused', 'key_not_held_or_expired']);
    const { named, dials, hrefs } = said(refused);
    expect([named, dials]).toEqual([true, true]);
    expect(hrefs).toEqual(expect.arrayContaining([`${own.issuer}/my`, `${own.issuer}/activate`, 'tel:025550100']));

    // Ends outside a sign-in: the help desk stands on each of them, and a way on.
    const agent = new HttpAgent();
    const out = await agent.submit(await agent.get(`${own.issuer}/session/end?client_id=rp`), { logout: 'yes' });
    const ends = {
      '/activate': await agent.get(`${own.issuer}/activate`),
      '/activate/x': await agent.get(`${own.issuer}/activate/x`),
      '/nothing': await agent.get(`${own.issuer}/nothing`),
      '/my/signed-out': await agent.get(`${own.issuer}/my/signed-out`),
      '/desk/signed-out': await agent.get(`${own.issuer}/desk/signed-out`),
      '/not-me': await agent.get(`${own.issuer}/not-me`),
      'signed-out': out,
      old: await new HttpAgent().get(visit.base),
    };
    for (const [name, page] of Object.entries(ends)) {
      const shown = said(page);
      expect([name, shown.named, shown.dials]).toEqual([name, true, true]);
    }
    expect(said(ends['signed-out']).hrefs).toContain('https://tax.example/start?a&#x3D;1&amp;b&#x3D;2');
    expect(said(ends['/my/signed-out']).hrefs).toContain('/my/keys');
    expect(said(ends['/desk/signed-out']).hrefs).toContain('/desk/list');
  } finally {
    await own.close();
  }
});
