/**
 * Attacks on what applications may ask people to do with their account (`rekey_action`), and that it works for those
 * who may.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  ask as askFor,
  cancelled,
  clientOf,
  keysOf as keysNow,
  minute,
  signedIn as from,
  succeeded,
  told,
} from './action-visit.ts';
import {
  begin,
  giveCode,
  givePassword,
  gotCode,
  look,
  reasonOf,
  rightCode,
  send,
  staying,
  stepOf,
  type Visit,
  proveMailbox,
  activateApp,
} from './visitor.ts';

let product: Product;
/** May ask for everything, and for nothing. */
let mine: RelyingParty;
let other: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    ...staying,
    limits: { pauseAfter: 20, sendEverySeconds: 1, sendPerHour: 100, sendPerDay: 100 },
    clients: [clientOf('rp', { actions: ['add-key'] }), clientOf('other')],
  });
  mine = await relyingParty(product.issuer, product.client);
  other = await relyingParty(product.issuer, { ...product.client, id: 'other' });
});
afterAll(() => product.close());

const signedIn = (an: NewPerson) => from({ product, rp: mine }, an);
const ask = (agent: HttpAgent, action: string, more: Readonly<Record<string, string>> = {}) =>
  askFor({ product, rp: mine }, agent, action, more);
const keysOf = (an: NewPerson) => keysNow(product, an);

describe('A-420 an action', () => {
  test.each([
    ['that is not known here', 'drop-key', 'invalid_request'],
    ['that is empty of meaning', 'add-key ', 'invalid_request'],
  ])('%s is refused', async (_name, action, error) => {
    const { page } = await begin(mine, { rekey_action: action });
    expect(told(page)).toEqual({ error, status: null });
  });

  test('of a client that may not ask for it is refused, pushed or not', async () => {
    const { page } = await begin(other, { rekey_action: 'add-key' });
    expect(told(page)).toEqual({ error: 'unauthorized_client', status: null });
    const pushed = oidc.buildAuthorizationUrlWithPAR(other.configuration, {
      redirect_uri: product.client.redirectUri,
      scope: 'openid',
      code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
      rekey_action: 'add-key',
    });
    await expect(pushed).rejects.toMatchObject({ error: 'unauthorized_client' });
  });

  test('without a page (prompt=none) is refused, with a session and without', async () => {
    const an = await product.addPerson();
    for (const agent of [new HttpAgent(), await signedIn(an)]) {
      const { page } = await ask(agent, 'add-key', { prompt: 'none' });
      expect(told(page)).toEqual({ error: 'interaction_required', status: null });
    }
  });

  test('pushed, asks for password and key, and tells in the answer that it was done', async () => {
    const an = await product.addPerson();
    const agent = new HttpAgent();
    const verifier = oidc.randomPKCECodeVerifier();
    const url = await oidc.buildAuthorizationUrlWithPAR(mine.configuration, {
      redirect_uri: product.client.redirectUri,
      scope: 'openid',
      state: 's',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      rekey_action: 'add-key',
    });
    const page = await agent.get(url);
    const visit: Visit = {
      agent,
      page,
      base: page.url.replace(/\/[^/]*$/, ''),
      pending: { url, verifier, state: 's', nonce: '' },
    };
    expect(stepOf(page)).toBe('password');
    const asked = await givePassword(visit, an);
    expect(stepOf(asked)).toBe('prove-key');
    expect(stepOf(await giveCode(visit, await rightCode(product, an, asked)))).toBe('confirm-email');
    expect(stepOf(await proveMailbox(product, visit, an))).toBe('select-key');
    const done = await activateApp(product, visit);
    expect(stepOf(done)).toBe('done');
    expect(done.body).not.toContain('value="end-session"');
    expect(told(await send(visit, 'done', { action: 'continue' }))).toEqual(succeeded);
    expect(await keysOf(an)).toEqual(['token-card active', 'authenticator-app active']);
    await product.mailTo(an.email, /actief/);
  });

  test.each([
    [0, 'confirm-email'],
    [1, 'password'],
  ])('counts a proof of the session for five minutes: and %i ms', async (more, step) => {
    const an = await product.addPerson();
    const agent = await signedIn(an);
    product.clock.advance(5 * minute + more);
    const visit = await ask(agent, 'add-key');
    expect(stepOf(visit.page)).toBe(step);
    // By its address no page of it opens before.
    if (step === 'password') {
      for (const page of ['confirm-email', 'select-key', 'activate-key', 'done'])
        expect(stepOf(await send(visit, page, { action: 'continue', key: 'authenticator-app' }))).toBe('password');
      expect(await keysOf(an)).toEqual(['token-card active']);
    }
  });

  test('answers by form_post too', async () => {
    const an = await product.addPerson();
    const visit = await ask(await signedIn(an), 'add-key', { response_mode: 'form_post' });
    const page = await send(visit, 'confirm-email', { action: 'cancel' });
    expect(page.forms[0]?.fields).toMatchObject({ error: 'access_denied', rekey_action_status: 'cancelled' });
  });

  test.each(['password', 'prove-key', 'choose-key', 'confirm-email', 'select-key', 'activate-key'])(
    'is cancelled on the page %s: the application is told, and nothing was changed',
    async (step) => {
      const an = await product.addPerson({ keys: ['token-card', 'email-otp'] });
      const visit = await ask(new HttpAgent(), 'add-key');
      const moves: Readonly<Record<string, () => Promise<Page>>> = {
        password: async () => visit.page,
        'prove-key': () => givePassword(visit, an),
        'choose-key': () => send(visit, 'prove-key', { action: 'other-key' }),
        'confirm-email': async () => {
          const asked = await send(visit, 'choose-key', { key: 'token-card' });
          return giveCode(visit, await rightCode(product, an, asked));
        },
        'select-key': () => proveMailbox(product, visit, an),
        'activate-key': () => send(visit, 'select-key', { key: 'authenticator-app' }),
      };
      for (const [reached, move] of Object.entries(moves)) {
        const page = await move();
        expect(stepOf(page)).toBe(reached);
        if (reached === step) break;
      }
      const page = await send(visit, step, { action: 'cancel' });
      expect(told(page)).toEqual(cancelled);
      expect(await keysOf(an)).toEqual(['token-card active', 'email-otp active']);
    },
  );

  test('answered from another site changes nothing', async () => {
    const an = await product.addPerson();
    const visit = await ask(await signedIn(an), 'add-key');
    const foreign = { headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } };
    const page = await send(visit, 'confirm-email', { action: 'continue' }, foreign);
    expect([page.status, reasonOf(page)]).toEqual([403, 'request_foreign']);
    expect(stepOf(await look(visit))).toBe('confirm-email');
  });

  test('begun in another browser is not gone on with here (B8-04)', async () => {
    const an = await product.addPerson();
    const visit = await ask(await signedIn(an), 'add-key');
    const stranger = new HttpAgent();
    const page = await stranger.post(`${visit.base}/confirm-email`, { action: 'continue' }, { from: visit.base });
    expect(page.status).toBe(403);
  });

  test('that is finished is not done again: neither its answers nor its end count twice', async () => {
    const an = await product.addPerson();
    const agent = await signedIn(an);
    const visit = await ask(agent, 'add-key');
    await proveMailbox(product, visit, an);
    await activateApp(product, visit);
    const end = await send(visit, 'done', { action: 'continue' });
    const keys = await keysOf(an);
    for (const step of ['confirm-email', 'select-key', 'activate-key', 'done']) {
      const page = await send(visit, step, { action: 'continue', key: 'email-otp' });
      expect([step, gotCode(page)]).toEqual([step, false]);
    }
    const resume = end.trail.find((address) => /\/auth\/[\w-]+$/.test(address)) ?? '';
    expect((await agent.get(resume)).left).toBeUndefined();
    expect(await keysOf(an)).toEqual(keys);
  });

  test('in two tabs ends in each by its own answers (B8-07)', async () => {
    const an = await product.addPerson({ keys: ['token-card'] });
    const agent = await signedIn(an);
    const [one, two] = [await ask(agent, 'add-key'), await ask(agent, 'add-key')];
    expect(told(await send(one, 'confirm-email', { action: 'cancel' }))).toEqual(cancelled);
    await proveMailbox(product, two, an);
    expect(stepOf(await activateApp(product, two))).toBe('done');
    expect(told(await send(two, 'done', { action: 'continue' }))).toEqual(succeeded);
  });

  test('is kept when the person begins again as somebody else, or chooses the account', async () => {
    const [an, jo] = [await product.addPerson(), await product.addPerson()];
    const visit = await ask(await signedIn(an), 'add-key', { prompt: 'select_account' });
    expect(stepOf(visit.page)).toBe('select-account');
    expect(stepOf(await send(visit, 'select-account', { action: 'other-account' }))).toBe('password');
    const asked = await givePassword(visit, jo);
    expect(stepOf(await giveCode(visit, await rightCode(product, jo, asked)))).toBe('confirm-email');
  });
});
