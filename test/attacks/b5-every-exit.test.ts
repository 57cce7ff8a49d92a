// Every exit judges again: the last redirect, single sign-on, refresh, userinfo and introspection use the account and
// the dates as they are then.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import type { Person } from '../../accounts/person.ts';
import type { Page } from '../harness/http-agent.ts';
import type { NewPerson, Product } from '../harness/product.ts';
import { letEngineFetch } from '../harness/engine-fetch.ts';
import type { RelyingParty } from '../harness/relying-party.ts';
import { until } from '../harness/until.ts';
import { datedCards, reschedule } from './dated-cards.ts';
import {
  afterwards,
  appCode,
  begin,
  cardCode,
  giveCode,
  givePassword,
  going,
  gotCode,
  mailedCode,
  send,
  signIn,
  staying,
  reasonOf,
  stepOf,
  toProof,
  type Visit,
} from './visitor.ts';

letEngineFetch();
const { start, close } = datedCards();
const substantial = 'urn:rekey:acr:substantial';
let told: URLSearchParams[] = [];
let receiver: Server;
beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      told.push(new URLSearchParams(body));
      response.end();
    });
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(async () => {
  await close();
  receiver.closeAllConnections();
  receiver.close();
});

/** A relying party with back-channel log-out, beside the usual one. */
const withTold = () => ({
  clients: [
    {
      id: 'rp',
      secret: 'a-secret-of-the-relying-party-1',
      redirectUris: ['https://rp.example/callback'],
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      refresh: true,
      backchannelLogoutUri: `http://localhost:${(receiver.address() as AddressInfo).port}/logout`,
    },
  ],
  internalHosts: [`localhost:${(receiver.address() as AddressInfo).port}`],
});

type Change = (product: Product, an: NewPerson) => Promise<unknown>;
const change = (product: Product, an: NewPerson, by: (person: Person) => Person) =>
  product.services.people.change(an.person.id, by);
const off = (person: Person, factor: string): Person =>
  person.keys
    .filter((key) => key.factor === factor)
    .reduce(
      (so, { id }) => ({ ...so, keys: so.keys.map((key) => (key.id === id ? { ...key, status: 'off' } : key)) }),
      person,
    );

/** Events that invalidate a sign-in with password and card. */
const ends: readonly (readonly [string, Change])[] = [
  ['the last day is over', async ({ clock }) => clock.set(afterwards)],
  [
    'an administrator moves the last day',
    (product) => reschedule(product, { sunsetAt: product.clock.now() }, 'refuse'),
  ],
  ['the key is removed', (product, an) => change(product, an, (person) => off(person, 'token-card'))],
  [
    'the key is blocked',
    (product, an) =>
      change(product, an, (person) => ({ ...person, keys: person.keys.map((key) => ({ ...key, status: 'blocked' })) })),
  ],
  [
    'the password is changed',
    async (product, an) => {
      const password = await product.services.passwords.make('Rozen uit Boskoop 43', product.clock.now() + 1);
      await change(product, an, (person) => ({ ...person, password }));
    },
  ],
  ['the account is disabled', (product, an) => change(product, an, (person) => ({ ...person, disabled: true }))],
  [
    'all sessions are ended',
    (product, an) => change(product, an, (person) => ({ ...person, sessionsEnded: (person.sessionsEnded ?? 0) + 1 })),
  ],
];

const minute = 60_000;

/** A sign-in whose last redirect the browser holds; returns where it leads. */
async function heldBack(rp: RelyingParty, an: NewPerson): Promise<{ visit: Visit; location: string }> {
  const visit = await begin(rp);
  const code = cardCode(an, await toProof(visit, an, 'token-card'));
  const page = await giveCode(visit, code, { follow: 'no' });
  return { visit, location: page.headers.location ?? '' };
}
const followed = ({ visit, location }: { visit: Visit; location: string }): Promise<Page> => visit.agent.get(location);

describe('A-203 the last redirect is held', () => {
  test.each(ends)('%s: no code, the sign-in begins again', async (_title, end) => {
    for (const wait of [0, 20 * minute]) {
      const { product, rp } = await start(going({ after: 'refuse' }), afterwards - 30 * minute);
      const an = await product.addPerson({ keys: ['token-card', 'authenticator-app'] });
      const held = await heldBack(rp, an);
      product.clock.advance(wait);
      await end(product, an);
      const { keys } = (await product.services.people.get(an.person.id)) ?? { keys: [] };
      const blocked = keys.every(({ status }) => status === 'blocked');
      const page = await followed(held);
      // Nothing is left that the person could prove: the page says whom to ask.
      const step = stepOf(page) === 'refused' ? reasonOf(page) : stepOf(page);
      expect([wait, gotCode(page), step]).toEqual([wait, false, blocked ? 'no_usable_key' : 'choose-key']);
      const silent = await held.visit.agent.get((await rp.begin({ prompt: 'none' })).url);
      expect(silent.left?.searchParams.get('error')).toBe('login_required');
    }
  });

  test('without a change: the code, even after twenty minutes; and to the millisecond of the last day', async () => {
    for (const [instant, taken] of [
      [afterwards - 5 * minute, true],
      [afterwards - 1, true],
      [afterwards, false],
      [afterwards + 1, false],
    ] as const) {
      const { product, rp } = await start(going({ after: 'refuse' }), afterwards - 25 * minute);
      const an = await product.addPerson();
      const held = await heldBack(rp, an);
      product.clock.set(instant);
      expect([instant - afterwards, gotCode(await followed(held))]).toEqual([instant - afterwards, taken]);
    }
  });

  test('a code that was issued before the end is worthless after it', async () => {
    const { product, rp } = await start(going({ after: 'refuse' }), afterwards - 30_000);
    const an = await product.addPerson();
    const visit = await begin(rp);
    const page = await signIn(product, visit, an, 'token-card');
    product.clock.set(afterwards);
    await expect(rp.finish(visit.pending, page.left as URL)).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

describe('A-204 sessions and tokens of an ended key end with it', () => {
  test.each(ends)('%s', async (title, end) => {
    told = [];
    const { product, rp } = await start({ ...going({ after: 'refuse' }), ...withTold() }, afterwards - 10 * minute);
    const an = await product.addPerson({ keys: ['token-card', 'authenticator-app'] });
    for (const scope of ['openid', 'openid offline_access']) {
      product.clock.set(afterwards - 10 * minute);
      const visit = await begin(rp, { scope, prompt: 'consent' });
      const page = await signIn(product, visit, an, 'token-card');
      const tokens = await rp.finish(visit.pending, page.left as URL);
      const { configuration } = rp;
      const info = () => oidc.fetchUserInfo(configuration, tokens.access_token, oidc.skipSubjectCheck);
      expect((await info()).sub).toBe(tokens.claims()?.sub);
      expect(await oidc.tokenIntrospection(configuration, tokens.access_token)).toMatchObject({ active: true });
      if (scope === 'openid') continue;

      await end(product, an);
      await expect(info()).rejects.toMatchObject({ status: 401 });
      for (const token of [tokens.access_token, tokens.refresh_token ?? ''])
        expect(await oidc.tokenIntrospection(configuration, token)).toEqual({ active: false });
      await expect(oidc.refreshTokenGrant(configuration, tokens.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      });
      const silent = await visit.agent.get((await rp.begin({ prompt: 'none' })).url);
      expect([title, silent.left?.searchParams.get('error')]).toEqual([title, 'login_required']);
      await product.app.flush();
      const { sub, sid } = decodeJwt(tokens.id_token ?? '');
      // Products of earlier cases may still send theirs.
      const named = () =>
        told.map((logout) => decodeJwt(logout.get('logout_token') ?? '')).filter(({ iss }) => iss === product.issuer);
      await until('the relying party is told', () => named().some((logout) => logout['sid'] === sid));
      expect(new Set(named().map((logout) => logout.sub))).toEqual(new Set([sub]));
    }
  });

  test('A-254 a key that was blocked for a while: a session that was used meanwhile does not come back', async () => {
    const { product, rp } = await start({ ...staying, ...withTold() });
    const tellings = () =>
      told.filter((logout) => decodeJwt(logout.get('logout_token') ?? '').iss === product.issuer).length;
    const an = await product.addPerson({ keys: ['token-card'] });
    const status = (to: 'blocked' | 'active') =>
      change(product, an, (person) => ({ ...person, keys: person.keys.map((key) => ({ ...key, status: to })) }));
    const silent = async ({ agent }: Visit) =>
      (await agent.get((await rp.begin({ prompt: 'none' })).url)).left?.searchParams.get('error');
    const visits = await Promise.all([0, 1].map(() => begin(rp)));
    for (const visit of visits) expect(gotCode(await signIn(product, visit, an, 'token-card'))).toBe(true);
    const [came, stayedAway] = visits as [Visit, Visit];
    await status('blocked');
    await product.app.flush();
    expect([tellings(), await silent(came)]).toEqual([0, 'login_required']);
    await until('the relying party is told of the one session', () => tellings() === 1);
    await status('active');
    await product.app.flush();
    expect(await silent(came)).toBe('login_required');
    expect(await silent(stayedAway)).toBeNull();
    expect(tellings()).toBe(1);
  });

  test('a stepped-up session continues at the remaining level; its tokens end by their own evidence', async () => {
    const { product, rp } = await start(staying);
    const an = await product.addPerson({ keys: ['token-card', 'email-otp', 'authenticator-app'] });
    const visit = await begin(rp);
    const card = await signIn(product, visit, an, 'email-otp');
    const low = await rp.finish(visit.pending, card.left as URL);
    const again = await begin(rp, { agent: visit.agent, acr_values: substantial });
    await send(again, 'choose-key', { key: 'authenticator-app' });
    const app = await giveCode(again, appCode(an.totp, product.clock.now()));
    const strong = await rp.finish(again.pending, app.left as URL);
    expect(strong.claims()?.acr).toBe(substantial);
    const silently = async (parameters: Readonly<Record<string, string>> = {}) => {
      const pending = await rp.begin({ prompt: 'none', ...parameters });
      const page = await visit.agent.get(pending.url);
      if (!gotCode(page)) return page.left?.searchParams.get('error');
      return (await rp.finish(pending, page.left as URL)).claims();
    };
    expect(await silently()).toMatchObject({ acr: substantial, amr: expect.arrayContaining(['mfa']) });

    // The app is removed: the mailed code is left.
    await change(product, an, (person) => off(person, 'authenticator-app'));
    expect(await silently({ acr_values: substantial })).toBe('login_required');
    const left = (await silently()) as unknown as { readonly acr: string; readonly amr: string[] };
    expect(left.acr).toBe('urn:rekey:acr:low');
    expect(left.amr).not.toContain('mfa');
    await expect(oidc.refreshTokenGrant(rp.configuration, strong.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const renewed = await oidc.refreshTokenGrant(rp.configuration, low.refresh_token ?? '');
    expect(renewed.claims()?.acr).toBe('urn:rekey:acr:low');
    // And the other way round: what rested on the mailed code is not rescued by a session that is stronger now.
    const last = await begin(rp, { agent: visit.agent, acr_values: substantial });
    expect(stepOf(last.page)).toBe('choose-key');
  });

  test('a stronger session does not rescue a token of the weaker key', async () => {
    const { product, rp } = await start(staying);
    const an = await product.addPerson({ keys: ['email-otp', 'authenticator-app'] });
    const visit = await begin(rp);
    const low = await rp.finish(visit.pending, (await signIn(product, visit, an, 'email-otp')).left as URL);
    const again = await begin(rp, { agent: visit.agent, acr_values: substantial });
    await send(again, 'choose-key', { key: 'authenticator-app' });
    const app = await giveCode(again, appCode(an.totp, product.clock.now()));
    const strong = await rp.finish(again.pending, app.left as URL);
    await change(product, an, (person) => off(person, 'email-otp'));
    await expect(oidc.refreshTokenGrant(rp.configuration, low.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const renewed = await oidc.refreshTokenGrant(rp.configuration, strong.refresh_token ?? '');
    expect(renewed.claims()).toMatchObject({ acr: substantial, amr: expect.arrayContaining(['otp', 'mfa']) });
  });
});

describe('A-204 a wizard that stays open over midnight does not count a proof that has ended', () => {
  test.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('left %i ms after it: the old key counts: %s', async (offset, counts) => {
    const schedule = {
      closeEnrolment: '2023-07-19',
      untilAndIncluding: '2024-01-30',
      zone: 'Europe/Brussels',
      after: 're-enrol',
      replacements: ['email-otp'],
    };
    const factors = { 'email-otp': {}, 'token-card': {}, 'authenticator-app': { schedule } };
    const { product, rp } = await start({ factors }, afterwards - minute);
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'authenticator-app' });
    await send(visit, 'phase-out', { action: 'migrate' });
    await givePassword(visit, an);
    await giveCode(visit, appCode(an.totp, product.clock.now()));
    await send(visit, 'confirm-email', { action: 'continue' });
    await send(visit, 'select-key', { key: 'email-otp' });
    const code = await mailedCode(product, an.email);
    expect(stepOf(await send(visit, 'activate-key', { action: 'continue', code }))).toBe('done');

    product.clock.set(afterwards + offset);
    const done = await send(visit, 'done', { action: 'continue' });
    const claims = (await rp.finish(visit.pending, done.left as URL)).claims();
    expect([claims?.acr, (claims?.['amr'] as string[] | undefined)?.includes('mfa')]).toEqual(
      counts ? [substantial, true] : ['urn:rekey:acr:low', false],
    );
  });

  test('and later the session has the remaining level', async () => {
    const factors = { 'email-otp': {}, 'token-card': {}, 'authenticator-app': {} };
    const { product, rp } = await start({ factors });
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    const page = await signIn(product, visit, an, 'authenticator-app');
    await rp.finish(visit.pending, page.left as URL);
    expect(gotCode(await visit.agent.get((await rp.begin({ prompt: 'none' })).url))).toBe(true);
    await change(product, an, (person) => off(person, 'authenticator-app'));
    const silent = await visit.agent.get((await rp.begin({ prompt: 'none' })).url);
    expect(silent.left?.searchParams.get('error')).toBe('login_required');
  });
});

test('A-203 a password that is changed during the sign-in is asked for again', async () => {
  const { product, rp } = await start(staying);
  const an = await product.addPerson({ keys: ['authenticator-app'] });
  const visit = await begin(rp);
  await toProof(visit, an, 'authenticator-app');
  const password = await product.services.passwords.make('Rozen uit Boskoop 43', product.clock.now() + 1);
  await change(product, an, (person) => ({ ...person, password }));
  const page = await giveCode(visit, appCode(an.totp, product.clock.now()));
  expect([gotCode(page), stepOf(page)]).toEqual([false, 'choose-key']);
  await send(visit, 'choose-key', { key: 'authenticator-app' });
  expect(stepOf(await givePassword(visit, { ...an, password: 'Rozen uit Boskoop 43' }))).toBe('prove-key');
});

test('A-210a a last day that was over stays over when the clock is set back, until an administrator moves it', async () => {
  const { product, rp } = await start(going({ after: 'refuse' }), afterwards - minute);
  const an = await product.addPerson();
  const gets = async () => gotCode(await signIn(product, await begin(rp), an, 'token-card'));
  expect(await gets()).toBe(true);
  product.clock.set(afterwards);
  expect(await gets()).toBe(false);
  product.clock.set(afterwards - 2 * minute);
  expect(await gets()).toBe(false);
  await reschedule(product, { announceAt: afterwards - 90 * minute, sunsetAt: afterwards - 1 });
  expect(await gets()).toBe(true);
});
