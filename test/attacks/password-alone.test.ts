// A password alone is enough only for people who never had a key; switching a key off, in any way, never lets anybody
// in with one factor less.
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Schedule } from '../../factors/policy/types.ts';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type Overrides, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  appCode,
  begin,
  givePassword,
  gotCode,
  look,
  mailedCode,
  personNow,
  reasonOf,
  rightCode,
  send,
  stepOf,
  type Visit,
  newApp,
} from './visitor.ts';

const secret = 'a-secret-of-the-relying-party-1';
const redirectUris = ['https://rp.example/callback'];
const client = { id: 'rp', secret, redirectUris, level: 'single' };
const deployment: Overrides = {
  factors: { 'authenticator-app': {}, 'email-otp': {}, 'token-card': {} },
  limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 },
  password: { minimumLength: 15 },
  signIn: { order: 'name-first' },
  clients: [client],
};
const open: Product[] = [];
afterAll(async () => {
  for (const one of open) await one.close();
});
async function start(overrides: Overrides = {}, at?: number): Promise<{ product: Product; rp: RelyingParty }> {
  const product = await startProduct({ ...deployment, ...overrides }, at === undefined ? {} : { at });
  open.push(product);
  return { product, rp: await relyingParty(product.issuer, product.client) };
}

/** Every address and button, tried from where the sign-in is. */
async function tryEverything(visit: Visit): Promise<void> {
  const steps = [
    'secure-account',
    'choose-key',
    'find-key',
    'phase-out',
    'prove-key',
    'refused',
    'confirm-email',
    'select-key',
    'activate-key',
    'done',
    'now',
  ];
  const actions = ['continue', 'postpone', 'other-key', 'find-key', 'again', 'back', 'previous', 'phone', 'migrate'];
  for (const step of steps)
    for (const action of actions) {
      const page = await send(visit, step, { action, trust: 'yes', code: '123456', key: 'authenticator-app' });
      expect([step, action, gotCode(page), page.status >= 500]).toEqual([step, action, false, false]);
    }
}

describe('a person with a key that', () => {
  const ended = (after: Schedule['after']): Schedule => ({
    factor: 'authenticator-app',
    rules: [{ scope: { kind: 'all' }, announceAt: 1, sunsetAt: 2 }],
    after,
    replacements: [],
    zone: 'UTC',
  });
  const app = { keys: ['authenticator-app'] as const };

  test.each(['refuse', 're-enrol'] as const)('is past its last day (%s) does not get in without', async (after) => {
    const { product, rp } = await start();
    const an = await product.addPerson(app);
    await product.services.schedules.change('cli:test', () => ({ 'authenticator-app': ended(after) }));
    const visit = await begin(rp);
    const page = await givePassword(visit, an);
    expect([stepOf(page), gotCode(page)]).toEqual([after === 'refuse' ? 'refused' : 'phase-out', false]);
    await tryEverything(visit);
    expect((await personNow(product, an)).keys).toHaveLength(1);
  });

  test('nor in the session that was opened with it, nor in one from before the first key', async () => {
    const { product, rp } = await start();
    const an = await product.addPerson({ keys: [] });
    const agent = new HttpAgent();
    expect(gotCode(await givePassword(await begin(rp, { agent }), an))).toBe(true);
    expect(gotCode((await begin(rp, { agent })).page)).toBe(true);
    const other = await product.addPerson(app);
    const [key] = (await personNow(product, other)).keys;
    // A key was added meanwhile, in any way.
    await product.services.people.change(an.person.id, (person) => ({ ...person, keys: key ? [key] : [] }));
    expect(gotCode((await begin(rp, { agent })).page)).toBe(false);
  });

  test.each([
    ['is switched off', { factors: { 'authenticator-app': { enabled: false }, 'email-otp': {} } }],
    ['is not listed any more', { factors: { 'email-otp': {} } }],
    ['is not taken here any more', { clients: [{ ...client, accepts: ['email-otp'] }] }],
  ] as const)('%s does not get in without', async (_name, overrides) => {
    for (const secureAccount of [false, true]) {
      const { product, rp } = await start({ ...overrides, signIn: { order: 'name-first', secureAccount } });
      const an = await product.addPerson(app);
      const visit = await begin(rp);
      const page = await givePassword(visit, an);
      expect(gotCode(page)).toBe(false);
      expect(['refused', 'secure-account']).toContain(stepOf(page));
      await tryEverything(visit);
      // The mailbox does not replace it through the enrolment of a first key either.
      await send(visit, 'secure-account', { action: 'secure' });
      await send(visit, 'confirm-email', { action: 'continue' });
      expect(stepOf(await look(visit))).not.toBe('select-key');
      expect(product.mails).toEqual([]);
    }
  });

  test.each(['blocked', 'dates set while the page is open'] as const)('is %s does not get in without', async (how) => {
    const { product, rp } = await start({ signIn: { order: 'name-first', secureAccount: true } });
    const an = await product.addPerson(app);
    const visit = await begin(rp);
    expect(stepOf(await givePassword(visit, an))).toBe('prove-key');
    if (how === 'blocked')
      await product.services.people.change(an.person.id, (person) => ({
        ...person,
        keys: person.keys.map((key) => ({ ...key, status: 'blocked' })),
      }));
    else await product.services.schedules.change('cli:test', () => ({ 'authenticator-app': ended('refuse') }));
    const page = await send(visit, 'prove-key', { code: appCode(an.totp, product.clock.now()), action: 'continue' });
    expect(gotCode(page)).toBe(false);
    await tryEverything(visit);
    const again = await begin(rp);
    expect(gotCode(await givePassword(again, an))).toBe(false);
    await tryEverything(again);
  });

  test('with `signIn.askForKeyAtSingle` off people with a key are not asked for it', async () => {
    const { product, rp } = await start({ signIn: { order: 'name-first', askForKeyAtSingle: false } });
    const an = await product.addPerson(app);
    expect(gotCode(await givePassword(await begin(rp), an))).toBe(true);
    // A requested level is still required.
    const asking = await begin(rp, { acr_values: 'urn:rekey:acr:substantial' });
    expect(stepOf(await givePassword(asking, an))).toBe('prove-key');
  });
});

describe('a second-factor deadline', () => {
  const from = Date.parse('2024-02-01T00:00:00+01:00');
  const secondFactorDeadlines = [{ from: '2024-02-01', zone: 'Europe/Brussels', group: 'staff' }];
  const signIn = { order: 'name-first', secureAccount: true, secondFactorDeadlines };

  test('counts from its instant on, whatever page was open and whatever was put off', async () => {
    const { product, rp } = await start({ signIn }, from - 1);
    const an = await product.addPerson({ keys: [], groups: ['staff'] });
    const visit = await begin(rp);
    expect(stepOf(await givePassword(visit, an))).toBe('secure-account');
    product.clock.set(from);
    const page = await send(visit, 'secure-account', { action: 'postpone' });
    expect([stepOf(page), reasonOf(page), gotCode(page)]).toEqual(['secure-account', 'choice_unknown', false]);
    await tryEverything(visit);
    const alone = await begin(rp);
    await givePassword(alone, an);
    await tryEverything(alone);
    expect((await personNow(product, an)).keys).toEqual([]);
  });

  test('does not apply to others, and applies to people with a key even with `signIn.askForKeyAtSingle` off', async () => {
    const { product, rp } = await start({ signIn: { ...signIn, askForKeyAtSingle: false } }, from);
    const jo = await product.addPerson({ keys: [] });
    expect(gotCode(await givePassword(await begin(rp), jo))).toBe(true);
    const an = await product.addPerson({ keys: ['authenticator-app'], groups: ['staff'] });
    expect(stepOf(await givePassword(await begin(rp), an))).toBe('prove-key');
  });
});

describe('A-054 the first key', () => {
  const secured = { signIn: { order: 'name-first', secureAccount: true } };
  const toMailbox = async (visit: Visit, someone: { username: string; password: string }) => {
    await send(visit, 'password', { action: 'secure' });
    return givePassword(visit, someone);
  };

  test('needs the account’s mailbox: no step can be skipped, no other address is accepted', async () => {
    const { product, rp } = await start(secured);
    const an = await product.addPerson({ keys: [] });
    const visit = await begin(rp);
    expect(stepOf(await toMailbox(visit, an))).toBe('confirm-email');
    for (const [step, fields] of [
      ['select-key', { key: 'authenticator-app' }],
      ['activate-key', { action: 'continue', code: '123456' }],
      ['done', { action: 'continue' }],
      ['confirm-email', { action: 'change' }],
      ['confirm-email', { action: 'continue', email: 'thief@example.org' }],
      ['confirm-email', { action: 'continue', code: '000000' }],
      ['confirm-email', { action: 'resend', email: 'thief@example.org' }],
    ] as const) {
      await send(visit, step, fields);
      expect([step, stepOf(await look(visit))]).toEqual([step, 'confirm-email']);
    }
    await product.app.flush();
    expect(product.mails.every(({ to }) => to === an.email)).toBe(true);
    expect((await personNow(product, an)).email?.address).toBe(an.email);
  });

  test('of two parallel enrolments only one is bound', async () => {
    const { product, rp } = await start(secured);
    const an = await product.addPerson({ keys: [] });
    const ready: { visit: Visit; secret: string }[] = [];
    for (let time = 0; time < 2; time += 1) {
      const visit = await begin(rp);
      const before = product.mails.length;
      await toMailbox(visit, an);
      await send(visit, 'confirm-email', { action: 'continue' });
      const code = await mailedCode(product, an.email, before);
      expect(stepOf(await send(visit, 'confirm-email', { action: 'continue', code }))).toBe('select-key');
      ready.push({ visit, secret: await newApp(visit) });
      product.clock.advance(60_000);
    }
    const now = product.clock.now();
    const ends = await Promise.all(
      ready.map(({ visit, secret: own }) =>
        send(visit, 'activate-key', { action: 'continue', code: appCode(own, now) }),
      ),
    );
    expect(ends.map(stepOf).toSorted((a = '', b = '') => a.localeCompare(b))).toEqual(['done', 'refused']);
    expect((await personNow(product, an)).keys).toHaveLength(1);
  });

  test('a mailbox whose address was changed meanwhile proves nothing', async () => {
    const { product, rp } = await start(secured);
    const an = await product.addPerson({ keys: [] });
    const visit = await begin(rp);
    await toMailbox(visit, an);
    await send(visit, 'confirm-email', { action: 'continue' });
    const code = await mailedCode(product, an.email);
    await product.services.people.change(an.person.id, (person) => ({
      ...person,
      email: { address: 'new@example.org' },
    }));
    const page = await send(visit, 'confirm-email', { action: 'continue', code });
    expect([stepOf(page), reasonOf(page)]).toEqual(['confirm-email', 'choice_unknown']);
    expect((await personNow(product, an)).email?.address).toBe('new@example.org');
  });

  test('a person with a key proves it first; an old password is not enough', async () => {
    const { product, rp } = await start(secured);
    const an = await product.addPerson({ keys: ['token-card'] });
    const agent = new HttpAgent();
    const visit = await begin(rp, { agent });
    const page = await toMailbox(visit, an);
    expect(stepOf(page)).toBe('prove-key');
    await tryEverything(visit);
    expect(product.mails).toEqual([]);
    const proving = await begin(rp, { agent });
    const asked = await givePassword(proving, an);
    await send(proving, 'prove-key', { code: await rightCode(product, an, asked), action: 'continue' });
    product.clock.advance(5 * 60_000 + 1);
    const stale = await begin(rp, { agent, acr_values: 'urn:rekey:acr:high' });
    expect(gotCode(stale.page)).toBe(false);
  });

  test('without `signIn.secureAccount` there is no such page', async () => {
    const { product, rp } = await start();
    const an = await product.addPerson({ keys: ['token-card'] });
    const visit = await begin(rp);
    expect(visit.page.body).not.toContain('value="secure"');
    await send(visit, 'password', { action: 'secure' });
    expect(stepOf(await givePassword(visit, an))).toBe('prove-key');
    await send(visit, 'secure-account', { action: 'secure' });
    expect(stepOf(await look(visit))).toBe('prove-key');
  });
});
