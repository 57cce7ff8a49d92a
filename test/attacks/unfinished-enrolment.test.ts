// An app that was begun in one sign-in and is finished in another: what an attacker, or a second window, makes of it.
import { afterAll, describe, expect, test } from '@jest/globals';
import { disablePerson, enablePerson, endSessions } from '../../admin/use-cases/account-end.ts';
import { startProduct, type NewPerson, type Overrides, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  appCode,
  begin,
  cardCode,
  giveCode,
  givePassword,
  going,
  look,
  mailedCode,
  personNow,
  send,
  shownSecret,
  stepOf,
  type Visit,
} from './visitor.ts';

const limits = { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 };
const redirectUris = ['https://rp.example/callback'];
const migrating: Overrides = { ...going(), limits, signIn: { order: 'name-first' } };
const securing: Overrides = {
  factors: { 'authenticator-app': {}, 'email-otp': {}, 'token-card': {} },
  limits,
  password: { minimumLength: 15 },
  signIn: { order: 'name-first', secureAccount: true },
  clients: [{ id: 'rp', secret: 'a-secret-of-the-relying-party-1', redirectUris, level: 'single' }],
};

const open: Product[] = [];
afterAll(async () => {
  for (const one of open) await one.close();
});
async function start(overrides: Overrides): Promise<{ product: Product; rp: RelyingParty }> {
  const product = await startProduct(overrides);
  open.push(product);
  return { product, rp: await relyingParty(product.issuer, product.client) };
}

/** After name, password and card; the wizard is at `select-key`. */
async function toSelection(rp: RelyingParty, person: NewPerson): Promise<Visit> {
  const visit = await begin(rp);
  await givePassword(visit, person);
  expect(stepOf(await giveCode(visit, cardCode(person, await look(visit))))).toBe('phase-out');
  await send(visit, 'phase-out', { action: 'migrate' });
  expect(stepOf(await send(visit, 'confirm-email', { action: 'continue' }))).toBe('select-key');
  return visit;
}

/** The page of the app; its setup code is empty where the page goes on with what was begun. */
async function toApp(visit: Visit): Promise<string> {
  const page = await send(visit, 'select-key', { key: 'authenticator-app' });
  expect(stepOf(page)).toBe('activate-key');
  return shownSecret(page);
}

const giveAppCode = (visit: Visit, code: string) => send(visit, 'activate-key', { action: 'continue', code });
const keysOf = async (product: Product, person: NewPerson) =>
  (await personNow(product, person)).keys.map(({ factor, status }) => `${factor} ${status}`);

describe('A-630 one setup code in two sign-ins at once becomes one key', () => {
  test('in the place of a card', async () => {
    const { product, rp } = await start(migrating);
    const an = await product.addPerson();
    const visits = [await toSelection(rp, an), await toSelection(rp, an)] as const;
    const secret = await toApp(visits[0]);
    expect([secret === '', await toApp(visits[1])]).toEqual([false, '']);
    const code = appCode(secret, product.clock.now());
    await Promise.all(visits.map((visit) => giveAppCode(visit, code)));
    expect(await keysOf(product, an)).toEqual(['token-card off', 'authenticator-app active']);
    const stand = await Promise.all(visits.map(look));
    expect(new Set(stand.map(stepOf))).toEqual(new Set(['done', 'refused']));
  });

  test('as the first key', async () => {
    const { product, rp } = await start(securing);
    const an = await product.addPerson({ keys: [] });
    const visits: Visit[] = [];
    const secrets: string[] = [];
    for (let time = 0; time < 2; time += 1) {
      const visit = await begin(rp);
      const before = product.mails.length;
      await send(visit, 'password', { action: 'secure' });
      await givePassword(visit, an);
      await send(visit, 'confirm-email', { action: 'continue' });
      const code = await mailedCode(product, an.email, before);
      await send(visit, 'confirm-email', { action: 'continue', code });
      secrets.push(await toApp(visit));
      visits.push(visit);
      product.clock.advance(60_000);
    }
    const [secret = '', second] = secrets;
    expect([secret === '', second]).toEqual([false, '']);
    const code = appCode(secret, product.clock.now());
    await Promise.all(visits.map((visit) => giveAppCode(visit, code)));
    expect(await keysOf(product, an)).toEqual(['authenticator-app active']);
  });
});

test('A-630 in one sign-in the app that is chosen again shows a new setup code; only that one becomes a key', async () => {
  const { product, rp } = await start(migrating);
  const an = await product.addPerson();
  const visit = await toSelection(rp, an);
  const first = await toApp(visit);
  await send(visit, 'activate-key', { action: 'previous' });
  await send(visit, 'select-key', { key: 'email-otp' });
  await send(visit, 'activate-key', { action: 'previous' });
  const second = await toApp(visit);
  expect([first === '', second === '', first === second]).toEqual([false, false, false]);
  await giveAppCode(visit, appCode(first, product.clock.now()));
  expect(await keysOf(product, an)).toEqual(['token-card active']);
  await giveAppCode(visit, appCode(second, product.clock.now()));
  expect(await keysOf(product, an)).toEqual(['token-card off', 'authenticator-app active']);
});

describe('A-630 what was begun counts no more', () => {
  const request = { by: 'administrator', reason: 'reported by telephone' };
  test.each([
    ['sessions are ended', [endSessions]],
    ['the account is disabled and enabled again', [disablePerson, enablePerson]],
  ] as const)('once %s', async (_name, changes) => {
    const { product, rp } = await start(migrating);
    const an = await product.addPerson();
    const secret = await toApp(await toSelection(rp, an));
    for (const change of changes)
      expect(await change(product.services, { person: an.username, ...request })).toMatchObject({ ok: true });
    const next = await toApp(await toSelection(rp, an));
    expect([next === '', next === secret]).toEqual([false, false]);
  });

  test('on a page that was opened before: its right code makes no key', async () => {
    const { product, rp } = await start(migrating);
    const an = await product.addPerson();
    const secret = await toApp(await toSelection(rp, an));
    const visit = await toSelection(rp, an);
    expect(await toApp(visit)).toBe('');
    await endSessions(product.services, { person: an.username, ...request });
    await giveAppCode(visit, appCode(secret, product.clock.now()));
    expect(await keysOf(product, an)).toEqual(['token-card active']);
  });

  test('on another account, to which somebody copied it: it is sealed for its own', async () => {
    const { product, rp } = await start(migrating);
    const [an, bert] = [await product.addPerson(), await product.addPerson()];
    const secret = await toApp(await toSelection(rp, an));
    const { unfinished = {} } = await personNow(product, an);
    expect(Object.keys(unfinished)).toEqual(['authenticator-app']);
    expect(JSON.stringify(unfinished)).not.toContain(secret.replaceAll(' ', ''));
    await product.services.people.change(bert.person.id, (person) => ({ ...person, unfinished }));
    const shown = await toApp(await toSelection(rp, bert));
    expect([shown === '', shown === secret]).toEqual([false, false]);
  });
});
