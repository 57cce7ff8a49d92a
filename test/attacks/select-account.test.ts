/**
 * `prompt=select_account` as a certification suite requests it, alone and with `login` and `max_age`, and as an
 * attacker would use it.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  giveCode,
  gotCode,
  reasonOf,
  rightCode,
  send,
  signIn,
  staying,
  stepOf,
  type KeyKind,
  type Visit,
} from './visitor.ts';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct(staying);
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

const select = { prompt: 'select_account' };

async function claimsOf({ pending }: Visit, page: Page) {
  if (!page.left) throw new Error(`The sign-in did not end: ${page.url}`);
  const claims = (await rp.finish(pending, page.left)).claims();
  return { sub: claims?.sub, authTime: claims?.auth_time, acr: claims?.['acr'], amr: claims?.['amr'] };
}

/** Somebody who signed in a while ago, and what the relying party was told then. */
async function signedIn(key: KeyKind = 'token-card') {
  const an = await product.addPerson({ keys: [key, 'authenticator-app'] });
  const first = await begin(rp);
  const claims = await claimsOf(first, await signIn(product, first, an, key));
  product.clock.advance(60_000);
  return { an, agent: first.agent, claims };
}

const shown = async (agent: HttpAgent, parameters: Readonly<Record<string, string>> = {}) => {
  const visit = await begin(rp, { agent, ...select, ...parameters });
  expect(stepOf(visit.page)).toBe('select-account');
  return visit;
};
const goOn = (visit: Visit) => send(visit, 'select-account', { action: 'continue' });

/** In a browser another account signs in through a self-submitting form. */
const onward = async (agent: HttpAgent, page: Page) => (stepOf(page) === 'onward' ? agent.submit(page) : page);

describe('A-223f prompt=select_account with a session', () => {
  test('continuing answers from the session unchanged: no new claims', async () => {
    const { an, agent, claims } = await signedIn();
    const visit = await shown(agent);
    expect(visit.page.body).toContain(an.username);
    expect(await claimsOf(visit, await goOn(visit))).toEqual(claims);
  });

  test('another account signs in, and is the one', async () => {
    const { agent, claims } = await signedIn();
    const bo = await product.addPerson({ keys: ['token-card'] });
    const visit = await shown(agent);
    const page = await send(visit, 'select-account', { action: 'other-account' });
    expect(stepOf(page)).toBe('choose-key');
    const asked = await send(visit, 'choose-key', { key: 'token-card' });
    expect([stepOf(asked), /name="username"[^>]* value=/.test(asked.body)]).toEqual(['password', false]);
    const end = await onward(agent, await signIn(product, visit, bo, 'token-card'));
    expect((await claimsOf(visit, end)).sub).not.toBe(claims.sub);
  });

  test.each([
    ['prompt=login', { prompt: 'login select_account' }],
    ['max_age that is over', { max_age: '10' }],
    ['both', { prompt: 'select_account login', max_age: '10' }],
  ])('%s: going on leads to the sign-in, with the name', async (_title, parameters) => {
    const { an, agent, claims } = await signedIn();
    const visit = await shown(agent, parameters);
    expect(stepOf(await goOn(visit))).toBe('choose-key');
    const page = await send(visit, 'choose-key', { key: 'authenticator-app' });
    expect([stepOf(page), page.body.includes(`value="${an.username}"`)]).toEqual(['password', true]);
    const told = await claimsOf(visit, await signIn(product, visit, an, 'authenticator-app'));
    expect(told.sub).toBe(claims.sub);
    expect(told.authTime).toBeGreaterThan(claims.authTime ?? Infinity);
  });

  test('max_age that is not over asks for no sign-in', async () => {
    const { agent, claims } = await signedIn();
    const visit = await shown(agent, { max_age: '1000000000' });
    expect(await claimsOf(visit, await goOn(visit))).toEqual(claims);
  });

  test('a level above the session’s: continuing is a step-up', async () => {
    const { an, agent, claims } = await signedIn('email-otp');
    const visit = await shown(agent, { acr_values: 'urn:rekey:acr:substantial' });
    expect(stepOf(await goOn(visit))).toBe('choose-key');
    const page = await send(visit, 'choose-key', { key: 'authenticator-app' });
    expect(stepOf(page)).toBe('prove-key');
    const told = await claimsOf(visit, await giveCode(visit, await rightCode(product, an, page)));
    expect([claims.acr, told.acr]).toEqual(['urn:rekey:acr:low', 'urn:rekey:acr:substantial']);
    expect(told.sub).toBe(claims.sub);
  });
});

describe('A-223f where there is no account to go on with', () => {
  test('no session: the sign-in at once', async () => {
    const an = await product.addPerson({ keys: ['token-card'] });
    const visit = await begin(rp, select);
    expect(stepOf(visit.page)).toBe('choose-key');
    expect(gotCode(await signIn(product, visit, an, 'token-card'))).toBe(true);
  });

  test('without a page it is refused', async () => {
    const { agent } = await signedIn();
    const { page } = await begin(rp, { agent, prompt: 'none select_account' });
    expect(page.left?.searchParams.get('error')).toBe('invalid_request');
  });

  test('a step that is not open is not shown, and only the two answers count', async () => {
    const visit = await begin(rp);
    expect(stepOf(await goOn(visit))).toBe('choose-key');
    const { agent } = await signedIn();
    const there = await shown(agent);
    for (const action of ['postpone', 'cancel', ''])
      expect(reasonOf(await send(there, 'select-account', { action }))).toBe('choice_unknown');
    expect(stepOf(await send(there, 'password', { username: 'x', password: 'x', action: 'continue' }))).toBe(
      'select-account',
    );
  });
});

describe('A-223f the session is judged when it answers, not when the page was shown', () => {
  const ends: readonly (readonly [string, (an: NewPerson) => Promise<unknown>])[] = [
    ['the key was removed', (an) => change(an, (person) => ({ ...person, keys: [] }))],
    ['the account was disabled', (an) => change(an, (person) => ({ ...person, disabled: true }))],
  ];
  const change = (an: NewPerson, to: (person: NewPerson['person']) => NewPerson['person']) =>
    product.services.people.change(an.person.id, to);

  test.each(ends)('%s', async (_title, end) => {
    const { an, agent } = await signedIn();
    const visit = await shown(agent);
    const held = await agent.post(
      `${visit.base}/select-account`,
      { action: 'continue' },
      { from: visit.base, follow: 'no' },
    );
    expect(held.status).toBe(303);
    await end(an);
    expect(gotCode(await agent.get(held.headers.location ?? '', { from: visit.base }))).toBe(false);
  });

  test('another session has taken its place', async () => {
    const { agent } = await signedIn();
    const bo = await product.addPerson({ keys: ['token-card'] });
    const visit = await shown(agent);
    const held = await agent.post(
      `${visit.base}/select-account`,
      { action: 'continue' },
      { from: visit.base, follow: 'no' },
    );
    const other = await begin(rp, { agent, prompt: 'login' });
    expect(gotCode(await onward(agent, await signIn(product, other, bo, 'token-card')))).toBe(true);
    expect(gotCode(await agent.get(held.headers.location ?? '', { from: visit.base }))).toBe(false);
  });
});
