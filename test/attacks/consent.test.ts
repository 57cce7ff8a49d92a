// Consent of people to third parties: asked once, for what it names; not given by anybody else, not skipped, withdrawn
// for good.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { withoutConsent } from '../../accounts/consents.ts';
import { removePerson } from '../../admin/use-cases/person-remove.ts';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { until } from '../harness/until.ts';
import { enter, press } from './site-visit.ts';
import { begin, gotCode, personNow, send, signIn, staying, stepOf, type Visit } from './visitor.ts';

const secret = 'a-secret-of-the-relying-party-1';
const redirectUri = 'https://rent.example/callback';
const api = 'https://orders.example/';
const script = '<script>alert(1)</script>';

let product: Product;
let own: RelyingParty;
let rent: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    ...staying,
    sites: { selfService: true },
    clients: [
      { id: 'rp', name: 'Tax office', secret, redirectUris: ['https://rp.example/callback'], refresh: true },
      {
        id: 'rent',
        name: `Rent ${script}`,
        secret,
        redirectUris: [redirectUri],
        refresh: true,
        scopes: ['openid', 'profile', 'email', 'groups'],
        thirdParty: true,
        tosUri: 'https://rent.example/terms?a="b"',
        policyUri: 'https://rent.example/privacy',
      },
    ],
    apis: [
      {
        resource: api,
        scopes: ['orders:read', 'orders:write'],
        scopeTexts: { 'orders:read': 'See your orders', 'orders:write': `Place orders ${script}` },
        clients: { rent: ['orders:read', 'orders:write'] },
        accessToken: { format: 'jwt' },
      },
    ],
  });
  own = await relyingParty(product.issuer, product.client);
  rent = await relyingParty(product.issuer, { id: 'rent', secret, redirectUri });
});
afterAll(() => product.close());

const somebody = () => product.addPerson({ keys: ['authenticator-app'], language: 'en' });
const browser = () => new HttpAgent({ language: 'en' });

/** Signed in at a service of the deployment, which asks for no consent. */
async function signedIn(an: NewPerson): Promise<HttpAgent> {
  product.clock.advance(30_000);
  const visit = await begin(own, { agent: browser() });
  expect(gotCode(await signIn(product, visit, an, 'authenticator-app'))).toBe(true);
  return visit.agent;
}

const ask = (agent: HttpAgent, more: Readonly<Record<string, string>> = {}): Promise<Visit> =>
  begin(rent, { agent, scope: 'openid email', ...more });
const allow = (visit: Visit): Promise<Page> => send(visit, 'consent', { action: 'allow' });
const scopesOn = ({ body }: Page): readonly string[] =>
  [...body.matchAll(/data-scope="([^"]+)"/g)].map(([, scope = '']) => scope);
const errorOf = (page: Page): string | null | undefined => page.left?.searchParams.get('error');
const consentsOf = async (an: NewPerson) => (await personNow(product, an)).consents ?? [];

/** Tokens for a consent that is given now. */
async function allowed(agent: HttpAgent, more: Readonly<Record<string, string>> = {}) {
  const visit = await ask(agent, more);
  expect(stepOf(visit.page)).toBe('consent');
  const page = await allow(visit);
  expect(gotCode(page)).toBe(true);
  return rent.finish(visit.pending, page.left as URL);
}
const userinfo = ({ access_token: token }: { readonly access_token: string }) =>
  fetch(`${product.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });

test('A-676 a third party is asked about once, with host, data in words and its links; services of the deployment never', async () => {
  const an = await somebody();
  const agent = await signedIn(an);
  const first = await ask(agent);
  expect([stepOf(first.page), scopesOn(first.page)]).toEqual(['consent', ['openid', 'email']]);
  for (const part of ['rent.example', 'An Peeters', 'https://rent.example/privacy" rel="noreferrer"'])
    expect(first.page.body).toContain(part);
  // Names and addresses of others are text.
  expect(first.page.body).toContain('Rent &lt;script&gt;');
  expect(first.page.body).not.toContain(script);
  expect(first.page.body).not.toContain('a="b"');
  expect(await consentsOf(an)).toEqual([]);
  expect(gotCode(await allow(first))).toBe(true);
  expect(await consentsOf(an)).toMatchObject([{ client: 'rent', scopes: ['openid', 'email'] }]);
  for (let time = 0; time < 3; time += 1) expect(gotCode((await ask(agent)).page)).toBe(true);
  expect(gotCode((await begin(own, { agent, prompt: 'consent' })).page)).toBe(true);
  expect(await consentsOf(an)).toHaveLength(1);
});

test('A-676 in a sign-in it is asked after the proofs, and counts for another browser too', async () => {
  const an = await somebody();
  product.clock.advance(30_000);
  const visit = await ask(browser());
  const page = await signIn(product, visit, an, 'authenticator-app');
  expect([stepOf(page), await consentsOf(an)]).toEqual(['consent', []]);
  expect(gotCode(await allow(visit))).toBe(true);
  expect(gotCode((await ask(await signedIn(an))).page)).toBe(true);
});

test('A-677 without a consent prompt=none gets consent_required; prompt=consent asks again, always', async () => {
  const an = await somebody();
  const agent = await signedIn(an);
  expect(errorOf((await ask(agent, { prompt: 'none' })).page)).toBe('consent_required');
  await allowed(agent);
  expect(gotCode((await ask(agent, { prompt: 'none' })).page)).toBe(true);
  expect(errorOf((await ask(browser(), { prompt: 'none' })).page)).toBe('login_required');
  for (let time = 0; time < 2; time += 1) await allowed(agent, { prompt: 'consent' });
  expect(await consentsOf(an)).toHaveLength(1);
});

test('A-677 whatever asks for more is asked about: a scope, a claim by name, an API and a scope of it', async () => {
  const an = await somebody();
  const agent = await signedIn(an);
  await allowed(agent);
  const claims = (place: string, name: string) => JSON.stringify({ [place]: { [name]: null } });
  for (const [more, wanted] of [
    [{ scope: 'openid email groups' }, 'groups'],
    [{ claims: claims('userinfo', 'name') }, 'profile'],
    [{ claims: claims('id_token', 'groups') }, 'groups'],
    [{ scope: 'openid email offline_access' }, 'offline_access'],
  ] as const) {
    const page = (await ask(agent, more)).page;
    expect([more, stepOf(page), scopesOn(page).includes(wanted)]).toEqual([more, 'consent', true]);
    expect(errorOf((await ask(agent, { ...more, prompt: 'none' })).page)).toBe('consent_required');
  }
  await allowed(agent, { scope: 'openid email orders:read', resource: api });
  expect(await consentsOf(an)).toMatchObject([{ apis: { [api]: ['orders:read'] } }]);
  const more = await ask(agent, { scope: 'openid email orders:read orders:write', resource: api });
  expect([stepOf(more.page), more.page.body.includes('Place orders &lt;script&gt;')]).toEqual(['consent', true]);
  // What was allowed before is enough for less.
  expect(gotCode((await ask(agent, { scope: 'openid' })).page)).toBe(true);
});

test('A-677 a refresh, a code and userinfo give no more than was allowed', async () => {
  const an = await somebody();
  const tokens = await allowed(await signedIn(an), { scope: 'openid email' });
  const person: unknown = await (await userinfo(tokens)).json();
  expect(Object.keys(person as object).toSorted()).toEqual(['email', 'email_verified', 'sub']);
  for (const more of [{ scope: 'openid email profile' }, { scope: 'openid email orders:read', resource: api }])
    await expect(oidc.refreshTokenGrant(rent.configuration, tokens.refresh_token ?? '', more)).rejects.toMatchObject({
      error: expect.stringMatching(/^invalid_(scope|target)$/),
    });
});

test('A-678 a refusal ends with access_denied, and nothing is kept', async () => {
  const an = await somebody();
  const agent = await signedIn(an);
  const visit = await ask(agent);
  const page = await send(visit, 'consent', { action: 'deny' });
  expect([errorOf(page), gotCode(page), await consentsOf(an)]).toEqual(['access_denied', false, []]);
  // The form of before is worth nothing any more.
  expect(gotCode(await allow(visit))).toBe(false);
  expect(errorOf((await ask(agent, { prompt: 'none' })).page)).toBe('consent_required');
  expect(await consentsOf(an)).toEqual([]);
});

test('A-679 nobody gives it from another site, in another browser, or by an address', async () => {
  const an = await somebody();
  const agent = await signedIn(an);
  const visit = await ask(agent);
  const url = `${visit.base}/consent`;
  const foreign = await agent.post(url, { action: 'allow' }, { from: 'https://evil.example/' });
  const elsewhere = await browser().post(url, { action: 'allow' }, { from: url });
  const other = await somebody();
  const others = await (await signedIn(other)).post(url, { action: 'allow' }, { from: url });
  await agent.get(`${url}?action=allow`);
  expect([foreign.status, elsewhere.status, others.status]).toEqual([403, 403, 403]);
  // The way back to the engine is no way around it.
  const resumed = await agent.get(`${product.issuer}/auth/${visit.base.split('/').at(-1)}`);
  expect(gotCode(resumed)).toBe(false);
  expect([await consentsOf(an), await consentsOf(other)]).toEqual([[], []]);
});

test('A-679 it cannot be given before the sign-in is proved', async () => {
  const an = await somebody();
  product.clock.advance(30_000);
  const visit = await ask(browser());
  expect(stepOf(await allow(visit))).toBe('choose-key');
  const page = await signIn(product, visit, an, 'authenticator-app');
  expect([stepOf(page), await consentsOf(an)]).toEqual(['consent', []]);
});

test('A-680 another person who signs in meanwhile in the same browser gives none for the first', async () => {
  const [an, eve] = [await somebody(), await somebody()];
  const agent = await signedIn(an);
  const visit = await ask(agent);
  expect(stepOf(visit.page)).toBe('consent');
  product.clock.advance(30_000);
  // The session of the first ends, as by signing out in another tab; the other person signs in.
  const out = await agent.get(`${product.issuer}/session/end?client_id=rp`);
  await agent.submit(out, { logout: 'yes' });
  const hers = await begin(own, { agent });
  expect(gotCode(await signIn(product, hers, eve, 'authenticator-app'))).toBe(true);
  const page = await allow(visit);
  expect([gotCode(page), await consentsOf(an), await consentsOf(eve)]).toEqual([false, [], []]);
});

test('A-681 a client does not make itself one of the deployment, or another client', async () => {
  const an = await somebody();
  const agent = await signedIn(an);
  for (const more of [
    { thirdParty: 'false', third_party: 'false', first_party: 'true' },
    { registration: JSON.stringify({ thirdParty: false }) },
    { prompt: 'login consent', max_age: '100000' },
    { acr_values: 'urn:rekey:acr:low' },
    { response_mode: 'form_post' },
  ]) {
    const { page } = await ask(agent, more);
    expect([more, gotCode(page), page.body.includes('name="code" value="')]).toEqual([more, false, false]);
  }
  const registered = await fetch(`${product.issuer}/reg`, { method: 'POST', body: '{}' });
  expect(registered.status).toBe(404);
  expect(await consentsOf(an)).toEqual([]);
});

test('A-682 a consent is seen and withdrawn in My digital keys: sessions, grants and tokens end, for good', async () => {
  const an = await somebody();
  const agent = browser();
  await enter(product, agent, an, '/my/info');
  const tokens = await allowed(agent);
  const lasting = await allowed(agent, { scope: 'openid email offline_access' });
  expect([(await userinfo(tokens)).status, (await userinfo(lasting)).status]).toEqual([200, 200]);
  const info = await agent.get(`${product.issuer}/my/info`);
  const [consent] = await consentsOf(an);
  expect(info.body).toContain(`data-consent="${consent?.id}"`);
  const page = await press(agent, info, { action: 'withdraw', id: consent?.id ?? '' });
  expect([stepOf(page), page.body.includes('data-consent'), await consentsOf(an)]).toEqual(['info', false, []]);
  const nothing = async () => {
    for (const given of [tokens, lasting]) {
      expect((await userinfo(given)).status).toBe(401);
      await expect(oidc.refreshTokenGrant(rent.configuration, given.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    }
  };
  await nothing();
  expect(errorOf((await ask(agent, { prompt: 'none' })).page)).toBe('consent_required');
  // The session itself goes on, and a new consent does not bring back what was issued before.
  expect(gotCode((await begin(own, { agent })).page)).toBe(true);
  expect((await userinfo(await allowed(agent))).status).toBe(200);
  await nothing();
  await product.app.flush();
  const lines = await product.services.audit.list({ limit: 500, filter: { person: an.person.id } });
  const actions = lines.map(({ event }) => event.action);
  expect(actions).toEqual(expect.arrayContaining(['consent.given', 'consent.withdrawn']));
});

test('A-682 a code that was issued before a withdrawal is worth nothing, also after another consent', async () => {
  const an = await somebody();
  const agent = await signedIn(an);
  for (const again of [false, true]) {
    const visit = await ask(agent, { prompt: 'consent' });
    const answer = (await allow(visit)).left as URL;
    expect(answer.searchParams.has('code')).toBe(true);
    await product.services.people.change(an.person.id, (person) =>
      withoutConsent(person, person.consents?.[0]?.id ?? '', product.clock.now()),
    );
    if (again) await allowed(agent);
    await expect(rent.finish(visit.pending, answer)).rejects.toMatchObject({ error: 'invalid_grant' });
  }
});

test('A-682 nobody withdraws for somebody else, or by a form of another site', async () => {
  const [an, eve] = [await somebody(), await somebody()];
  const [mine, hers] = [browser(), browser()];
  await enter(product, mine, an, '/my/info');
  await allowed(mine);
  await enter(product, hers, eve, '/my/info');
  const [consent] = await consentsOf(an);
  const url = `${product.issuer}/my/info`;
  await press(hers, await hers.get(url), { action: 'withdraw', id: consent?.id ?? '' });
  const foreign = await mine.post(
    url,
    { action: 'withdraw', id: consent?.id ?? '', form: '' },
    { from: 'https://evil.example/' },
  );
  expect([foreign.status, (await consentsOf(an)).length]).toEqual([403, 1]);
});

test('A-683 with the account its consents are gone, and what was issued under them', async () => {
  const an = await somebody();
  const tokens = await allowed(await signedIn(an), { scope: 'openid email offline_access' });
  await removePerson(product.services, { person: an.person.id, by: 'cli:ann', confirmed: true });
  expect((await userinfo(tokens)).status).toBe(401);
  await until('the account is gone', async () => {
    await product.app.flush();
    return (await product.services.people.get(an.person.id)) === undefined;
  });
  expect((await userinfo(tokens)).status).toBe(401);
});
