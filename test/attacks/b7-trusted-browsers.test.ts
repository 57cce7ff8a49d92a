// Trusted browsers: what replaces the second step must be worth no more than it says, and end when it
// should.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import type { Person } from '../../accounts/person.ts';
import {
  begin,
  factorOf,
  givePassword,
  gotCode,
  look,
  personNow,
  reasonOf,
  rightCode,
  send,
  stepOf,
  type KeyKind,
} from './visitor.ts';

const day = 86_400_000;
const week = 7 * day;
const cookieName = 'rekey-trusted-browser';
const redirectUris = ['https://rp.example/callback'];
const secret = 'a-secret-of-the-relying-party-1';
const overrides = {
  factors: { 'authenticator-app': {}, 'token-card': {}, 'email-otp': {} },
  limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 },
  password: { minimumLength: 15 },
  signIn: { order: 'name-first', trustedBrowser: { enabled: true }, secureAccount: true },
  clients: [
    { id: 'rp', secret, redirectUris, level: 'single', trustedBrowser: true },
    { id: 'strict', secret, redirectUris, level: 'single' },
    { id: 'strong', secret, redirectUris, level: 'substantial' },
  ],
};

let product: Product;
let rp: RelyingParty;
let strict: RelyingParty;
let strong: RelyingParty;
beforeAll(async () => {
  product = await startProduct(overrides);
  const at = (id: string) => relyingParty(product.issuer, { ...product.client, id });
  [rp, strict, strong] = [await at('rp'), await at('strict'), await at('strong')];
});
afterAll(() => product.close());

const newPerson = () => product.addPerson({ keys: ['token-card'] });

/** Signs in with the second step, and the checkbox ticked or not. */
async function proving(
  an: NewPerson,
  agent: HttpAgent,
  { trust = true, party = rp, ...parameters } = {},
): Promise<Page> {
  const visit = await begin(party, { agent, prompt: 'login', ...parameters });
  const page = await givePassword(visit, an);
  expect(stepOf(page)).toBe('prove-key');
  const code = await rightCode(product, an, page);
  return send(visit, 'prove-key', { code, action: 'continue', ...(trust ? { trust: 'yes' } : {}) });
}

/** The page after the password: `prove-key` if the second step is asked for, otherwise the relying party's address. */
async function afterPassword(someone: NewPerson, agent: HttpAgent, party = rp, parameters: object = {}): Promise<Page> {
  return givePassword(await begin(party, { agent, prompt: 'login', ...parameters }), someone);
}
const asked = (page: Page): boolean => stepOf(page) === 'prove-key' && !gotCode(page);

async function trusted(
  keys: readonly KeyKind[] = ['token-card'],
): Promise<{ an: NewPerson; agent: HttpAgent; token: string }> {
  const an = await product.addPerson({ keys });
  const agent = new HttpAgent();
  expect(gotCode(await proving(an, agent))).toBe(true);
  const token = agent.cookie(cookieName)?.value ?? '';
  expect(gotCode(await afterPassword(an, agent))).toBe(true);
  return { an, agent, token };
}

/** A browser with only this cookie. */
function withToken(value: string): HttpAgent {
  const agent = new HttpAgent();
  const { hostname } = new URL(product.issuer);
  agent.cookies.push({
    name: cookieName,
    value,
    host: hostname,
    path: '/',
    secure: false,
    httpOnly: true,
    sameSite: 'lax',
  });
  return agent;
}

describe('A-079: the cookie', () => {
  test('is opaque, of 256 random bits, out of reach of scripts, and only its hash is kept', async () => {
    const { an, agent, token } = await trusted();
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(agent.cookie(cookieName)).toMatchObject({ httpOnly: true, sameSite: 'lax', path: '/' });
    const kept = JSON.stringify(await personNow(product, an));
    expect(kept).not.toContain(token);
    expect(kept).toContain(createHash('sha256').update(token).digest('base64url'));
    expect(product.logs.join()).not.toContain(token);
    await product.app.flush();
    expect(JSON.stringify(await product.services.audit.list({ limit: 1000 }))).not.toContain(token);
  });
});

describe('B7-01: an invalid token', () => {
  test('edited, made up, another kind of token, a list of them', async () => {
    const { an, token } = await trusted();
    const head = Buffer.from('{"alg":"none"}').toString('base64url');
    const body = Buffer.from(JSON.stringify({ sub: an.person.id, exp: 9e9 })).toString('base64url');
    const hash = createHash('sha256').update(token).digest('base64url');
    const last = token.endsWith('A') ? 'B' : 'A';
    for (const forged of [
      `${token.slice(0, -1)}${last}`,
      token.slice(1),
      `${token}A`,
      token.toLowerCase(),
      hash,
      an.person.id,
      `${head}.${body}.`,
      `${an.person.id}.${token.slice(0, 42)}`,
      'A'.repeat(43),
      '',
      Array.from({ length: 5 }, () => 'A'.repeat(43))
        .concat(token)
        .join('.'),
    ])
      expect([forged, asked(await afterPassword(an, withToken(forged)))]).toEqual([forged, true]);
    // The real one, to prove that this test can fail.
    expect(gotCode(await afterPassword(an, withToken(token)))).toBe(true);
  });
});

describe('B7-02: a cookie from before the second step', () => {
  test('there is none, whatever is sent to whatever page', async () => {
    const an = await newPerson();
    const agent = new HttpAgent();
    const visit = await begin(rp, { agent });
    await send(visit, 'password', { username: an.username, password: an.password, action: 'continue', trust: 'yes' });
    await send(visit, 'prove-key', { action: 'continue', code: '000000', trust: 'yes' });
    expect(reasonOf(await look(visit))).toBe('code_wrong');
    await send(visit, 'prove-key', { action: 'find-key', trust: 'yes' });
    expect(agent.cookie(cookieName)).toBeUndefined();
    expect((await personNow(product, an)).trustedBrowsers).toBeUndefined();
    expect(asked(await afterPassword(an, agent))).toBe(true);
  });

  test('nor without the tick, nor with another one', async () => {
    const an = await newPerson();
    const agent = new HttpAgent();
    expect(gotCode(await proving(an, agent, { trust: false }))).toBe(true);
    expect(agent.cookie(cookieName)).toBeUndefined();
    const visit = await begin(rp, { agent, prompt: 'login' });
    const page = await givePassword(visit, an);
    // Ticked with a wrong code, and off again with the right one: the last state counts.
    await send(visit, 'prove-key', { code: '000000', action: 'continue', trust: 'yes' });
    const end = await send(visit, 'prove-key', { code: await rightCode(product, an, page), action: 'continue' });
    expect(gotCode(end)).toBe(true);
    expect(agent.cookie(cookieName)).toBeUndefined();
  });
});

describe('B7-03: somebody else', () => {
  test('in the same browser must do the second step, and then the browser is trusted by both', async () => {
    const { an, token } = await trusted();
    const jo = await newPerson();
    const other = withToken(token);
    expect(asked(await afterPassword(jo, other))).toBe(true);
    expect(gotCode(await proving(jo, other))).toBe(true);
    expect(other.cookie(cookieName)?.value.split('.')[1]).toBe(token);
    const both = other.cookie(cookieName)?.value ?? '';
    for (const someone of [an, jo]) expect(gotCode(await afterPassword(someone, withToken(both)))).toBe(true);
    // A copied cookie is worth only what it was made for, and nothing without the password.
    expect(asked(await afterPassword(jo, withToken(token)))).toBe(true);
    const visit = await begin(rp, { agent: withToken(both), prompt: 'login' });
    const wrong = await send(visit, 'password', {
      username: an.username,
      password: 'not this one, no',
      action: 'continue',
    });
    expect([stepOf(wrong), reasonOf(wrong)]).toEqual(['password', 'credentials_wrong']);
  });
});

describe('B7-04, A-078: seven days, with or without use', () => {
  test('daily use does not extend it; it is valid at the last millisecond, and not at the next one', async () => {
    const { an, agent } = await trusted();
    const start = product.clock.now();
    for (let used = 1; used < 7; used += 1) {
      product.clock.set(start + used * day);
      expect([used, gotCode(await afterPassword(an, agent))]).toEqual([used, true]);
    }
    product.clock.set(start + week - 1);
    expect(gotCode(await afterPassword(an, agent))).toBe(true);
    expect(gotCode((await begin(rp, { agent })).page)).toBe(true);
    product.clock.set(start + week);
    // Nor does a session that it opened outlive it.
    expect(gotCode((await begin(rp, { agent })).page)).toBe(false);
    expect(asked(await afterPassword(an, agent))).toBe(true);
  });
});

describe('B7-05, A-081: it ends with', () => {
  const off = (person: Person, status: 'off' | 'blocked'): Person => ({
    ...person,
    keys: person.keys.map((key) => (key.factor === 'token-card' ? { ...key, status } : key)),
  });
  const events: readonly (readonly [string, (an: NewPerson) => Promise<unknown>])[] = [
    [
      'another password',
      async ({ person }) => {
        const password = await product.services.passwords.make('Tulpen uit Haarlem 42', product.clock.now());
        return product.services.people.change(person.id, (current) => ({ ...current, password }));
      },
    ],
    ['a key removed', ({ person }) => product.services.people.change(person.id, (current) => off(current, 'off'))],
    ['a key blocked', ({ person }) => product.services.people.change(person.id, (current) => off(current, 'blocked'))],
    [
      'a further key',
      ({ person }) =>
        product.services.people.change(person.id, (current) => {
          const [first] = current.keys;
          return first ? { ...current, keys: [...current.keys, { ...first, id: 'another-key' }] } : current;
        }),
    ],
    [
      'the account locked, and opened again',
      async ({ person }) => {
        await product.services.people.change(person.id, (current) => ({ ...current, disabled: true }));
        return product.services.people.change(person.id, (current) => ({ ...current, disabled: false }));
      },
    ],
  ];
  test.each(events)('%s', async (_name, event) => {
    const { an, agent } = await trusted(['token-card', 'email-otp']);
    await event(an);
    expect((await personNow(product, an)).trustedBrowsers).toBeUndefined();
    const page = await afterPassword(an, agent);
    expect(gotCode(page)).toBe(false);
    expect(gotCode((await begin(rp, { agent })).page)).toBe(false);
    await product.app.flush();
    const lines = await product.services.audit.list({
      limit: 100,
      filter: { person: an.person.id, action: 'browser.revoked' },
    });
    expect(lines).toHaveLength(1);
  });

  test('guessing at the key until it is blocked', async () => {
    const { an, agent } = await trusted();
    await product.services.people.change(an.person.id, (current) => ({
      ...current,
      keys: current.keys.map((key) => ({ ...key, attempts: { count: 99, lastAt: 0 } })),
    }));
    const visit = await begin(rp, { agent: new HttpAgent() });
    await givePassword(visit, an);
    await send(visit, 'prove-key', { code: '000000', action: 'continue' });
    expect(gotCode(await afterPassword(an, agent))).toBe(false);
    expect((await personNow(product, an)).trustedBrowsers).toBeUndefined();
  });

  test.each(['its last day', 'the day on which it is announced'] as const)(
    'at %s the key is asked for',
    async (which) => {
      const { an, agent } = await trusted();
      const now = product.clock.now();
      const rule =
        which === 'its last day' ? { announceAt: now - 2, sunsetAt: now } : { announceAt: now, sunsetAt: now + day };
      await product.services.schedules.change('cli:test', (schedules) => ({
        ...schedules,
        'token-card': {
          factor: 'token-card',
          rules: [{ scope: { kind: 'all' }, ...rule }],
          after: 'refuse',
          replacements: [],
          zone: 'UTC',
        },
      }));
      try {
        expect(gotCode(await afterPassword(an, agent))).toBe(false);
      } finally {
        await product.services.schedules.change('cli:test', ({ 'token-card': _gone, ...rest }) => ({
          ...rest,
          'token-card': { factor: 'token-card', rules: [], after: 'refuse', replacements: [], zone: 'UTC' },
        }));
      }
      expect(gotCode(await afterPassword(an, agent))).toBe(true);
    },
  );
});

describe('A-082, A-083: its value', () => {
  test('honest: the password, now', async () => {
    const { an, agent } = await trusted();
    product.clock.advance(3_600_000);
    const pending = await begin(rp, { agent, prompt: 'login' });
    const page = await givePassword(pending, an);
    if (!page.left) throw new Error(page.body);
    const claims = (await rp.finish(pending.pending, page.left)).claims();
    expect(claims).toMatchObject({
      acr: 'urn:rekey:acr:single',
      amr: ['pwd'],
      auth_time: Math.floor(product.clock.now() / 1000),
    });
  });

  test('nothing where it is not accepted, where a level is asked for, or at a step-up', async () => {
    const { an, agent } = await trusted();
    expect(asked(await afterPassword(an, agent, strict))).toBe(true);
    expect(asked(await afterPassword(an, agent, strong))).toBe(true);
    expect(asked(await afterPassword(an, agent, rp, { acr_values: 'urn:rekey:acr:low' }))).toBe(true);
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:rekey:acr:substantial' } } });
    expect(asked(await afterPassword(an, agent, rp, { claims }))).toBe(true);
    // The session that it opened is accepted nowhere else, and there the key is asked for.
    expect(gotCode(await afterPassword(an, agent))).toBe(true);
    for (const party of [strict, strong]) expect(gotCode((await begin(party, { agent })).page)).toBe(false);
    const raised = await begin(rp, { agent, acr_values: 'urn:rekey:acr:low' });
    expect([gotCode(raised.page), stepOf(raised.page)]).toEqual([false, 'choose-key']);
    // Where it is accepted, the session is enough.
    expect(gotCode((await begin(rp, { agent })).page)).toBe(true);
  });

  test('no checkbox where it would have no effect', async () => {
    const an = await newPerson();
    for (const [party, there] of [
      [rp, true],
      [strict, false],
      [strong, false],
    ] as const) {
      const agent = new HttpAgent();
      const page = await afterPassword(an, agent, party);
      expect(/name="trust"/.test(page.body)).toBe(there);
      expect(/name="trust"[^>]*checked/.test(page.body)).toBe(false);
      if (!there) {
        const end = await proving(an, agent, { party });
        expect([stepOf(end), reasonOf(end), gotCode(end)]).toEqual([undefined, undefined, true]);
        expect(agent.cookie(cookieName)).toBeUndefined();
      }
    }
  });

  test('no proof for activating a key', async () => {
    const { an, agent } = await trusted();
    const visit = await begin(rp, { agent, prompt: 'login' });
    await send(visit, 'password', { action: 'secure' });
    const page = await givePassword(visit, an);
    expect([stepOf(page), factorOf(page), /name="trust"/.test(page.body)]).toEqual(['prove-key', 'token-card', false]);
  });

  test('no more than ten for one person', async () => {
    const an = await newPerson();
    const agents = Array.from({ length: 11 }, () => new HttpAgent());
    for (const agent of agents) expect(gotCode(await proving(an, agent))).toBe(true);
    expect((await personNow(product, an)).trustedBrowsers).toHaveLength(10);
    const [first, second] = agents;
    if (!first || !second) throw new Error('none');
    expect(asked(await afterPassword(an, first))).toBe(true);
    expect(gotCode(await afterPassword(an, second))).toBe(true);
  });
});
