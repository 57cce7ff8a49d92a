/**
 * No attack lowers the bar of a strong key for binding another one: not blocking it, waiting, a switch, or an
 * administrator's removal.
 */
import { afterAll, describe, expect, test } from '@jest/globals';
import { allowKey } from '../../admin/use-cases/key-allow.ts';
import { exportPeople } from '../../admin/use-cases/person-export.ts';
import { importPeople } from '../../admin/use-cases/person-import.ts';
import { purgeRound } from '../../app/purge-round.ts';
import { removeKey } from '../../admin/use-cases/key-remove.ts';
import type { Schedule } from '../../factors/policy/types.ts';
import { startProduct, type NewPerson, type Overrides, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  appCode,
  begin,
  givePassword,
  going,
  gotCode,
  look,
  mailedCode,
  personNow,
  reasonOf,
  rightCode,
  send,
  stepOf,
  wrongCode,
  type KeyKind,
  type Visit,
  shownSecret,
  proveMailbox,
  activateApp,
} from './visitor.ts';

const minute = 60_000;
const client = {
  id: 'rp',
  secret: 'a-secret-of-the-relying-party-1',
  redirectUris: ['https://rp.example/callback'],
  level: 'single',
};
const deployment: Overrides = {
  factors: {
    'authenticator-app': {},
    'email-otp': {},
    'token-card': { settings: { count: 8, warnAt: 2, reuse: 'reusable' } },
  },
  limits: { pauseAfter: 4, blockAfter: 5, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 },
  password: { minimumLength: 15 },
  signIn: { order: 'name-first', secureAccount: true },
  clients: [client],
};
const open: Product[] = [];
afterAll(async () => {
  for (const one of open) await one.close();
});
async function start(overrides: Overrides = {}): Promise<{ product: Product; rp: RelyingParty }> {
  const product = await startProduct({ ...deployment, ...overrides });
  open.push(product);
  return { product, rp: await relyingParty(product.issuer, product.client) };
}

const substantial = { acr_values: 'urn:rekey:acr:substantial' };
const ended = (after: Schedule['after'], purgeAt?: number): Schedule => ({
  factor: 'authenticator-app',
  rules: [{ scope: { kind: 'all' }, sunsetAt: 1, ...(purgeAt === undefined ? {} : { purgeAt }) }],
  after,
  replacements: [],
  zone: 'UTC',
});
const date = (product: Product, schedule: Schedule) =>
  product.services.schedules.change('cli:test', () => ({ 'authenticator-app': schedule }));

/** To the list of new keys, with the password, one key (or none) and the mailbox: as far as the pages permit. */
async function towardsNewKey(product: Product, rp: RelyingParty, someone: NewPerson, key?: KeyKind): Promise<Visit> {
  const visit = await begin(rp);
  const before = product.mails.length;
  await send(visit, 'password', { action: 'secure' });
  let page = await givePassword(visit, someone);
  if (stepOf(page) === 'prove-key') {
    if (key !== undefined && !page.body.includes(`data-factor="${key}"`))
      page = await send(visit, 'prove-key', { key });
    if (stepOf(page) === 'prove-key')
      page = await send(visit, 'prove-key', {
        code: await rightCode(product, someone, page, before),
        action: 'continue',
      });
  }
  product.clock.advance(2_000);
  if (stepOf(page) === 'confirm-email') await proveMailbox(product, visit, someone);
  return visit;
}

const keysOf = async (product: Product, someone: NewPerson) =>
  (await personNow(product, someone)).keys.map(({ factor, status }) => `${factor} ${status}`);

describe('A-055 with a card and the mailbox nobody binds an app beside an app that', () => {
  /** The attacker has password, card and mailbox; the app is the owner's alone. */
  const refused = async (product: Product, rp: RelyingParty, an: NewPerson): Promise<void> => {
    const visit = await towardsNewKey(product, rp, an, 'token-card');
    const page = await look(visit);
    // A weak proof permits a weak key at most.
    if (stepOf(page) === 'select-key') expect(page.body).not.toContain('value="authenticator-app"');
    else expect(stepOf(page)).toBe('refused');
    expect(stepOf(await activateApp(product, visit))).not.toBe('done');
    const strict = await begin(rp, substantial);
    await givePassword(strict, an);
    for (const [step, fields] of [
      ['secure-account', { action: 'secure' }],
      ['refused', { action: 'other-key' }],
      ['confirm-email', { action: 'continue' }],
      ['select-key', { key: 'authenticator-app' }],
    ] as const)
      expect(gotCode(await send(strict, step, fields))).toBe(false);
  };

  test('was blocked by wrong codes', async () => {
    const { product, rp } = await start();
    const an = await product.addPerson({ keys: ['authenticator-app', 'token-card'] });
    const visit = await begin(rp, substantial);
    await givePassword(visit, an);
    for (let round = 0; round < 5; round += 1) {
      await send(visit, 'prove-key', { code: wrongCode(product, an), action: 'continue', copy: `${round}` });
      product.clock.advance(24 * 60 * minute);
      await product.services.people.change(an.person.id, (person) => ({ ...person, sendings: [] }));
      if ((await personNow(product, an)).keys.some(({ status }) => status === 'blocked')) break;
      await send(visit, 'refused', { action: 'again' });
      const again = await begin(rp, substantial);
      Object.assign(visit, again);
      await givePassword(visit, an);
    }
    expect(await keysOf(product, an)).toEqual(['authenticator-app blocked', 'token-card active']);
    await refused(product, rp, an);
    expect(await keysOf(product, an)).toEqual(['authenticator-app blocked', 'token-card active']);
  });

  test.each([
    ['is past its last day', ended('refuse')],
    ['is past its last day and would open its replacement', ended('re-enrol')],
    ['is purged', ended('refuse', 2)],
    ['is purged, and its secret deleted (A-391)', ended('re-enrol', 2)],
    ['was deleted, and its dates lifted since (A-391)', ended('re-enrol', 2)],
  ] as const)('%s', async (name, schedule) => {
    const { product, rp } = await start({
      factors: { ...(deployment['factors'] as object), 'security-key': {} },
    });
    const an = await product.addPerson({ keys: ['authenticator-app', 'token-card'] });
    await date(product, schedule);
    if (name.includes('deleted')) expect(await purgeRound(product.services)).toMatchObject({ accounts: 1 });
    if (name.includes('lifted')) await product.services.schedules.change('cli:test', () => ({}));
    const visit = await towardsNewKey(product, rp, an, 'token-card');
    const page = await look(visit);
    expect(page.body).not.toContain('value="security-key"');
    expect(stepOf(await send(visit, 'select-key', { key: 'security-key' }))).not.toBe('activate-key');
  });

  test('was removed by an administrator', async () => {
    const { product, rp } = await start();
    const an = await product.addPerson({ keys: ['authenticator-app', 'token-card'] });
    const key = (await personNow(product, an)).keys[0]?.id ?? '';
    expect(await removeKey(product.services, { person: an.username, key, by: 'cli:test' })).toMatchObject({ ok: true });
    await refused(product, rp, an);
    expect(await keysOf(product, an)).toEqual(['authenticator-app off', 'token-card active']);
  });

  test.each([true, false])('is switched off in the configuration (recorded: %s)', async (recorded) => {
    const { product, rp } = await start({
      factors: { ...(deployment['factors'] as object), 'authenticator-app': { enabled: false }, 'security-key': {} },
    });
    const an = await product.addPerson({ keys: ['authenticator-app', 'token-card'] });
    if (!recorded)
      await product.services.people.change(an.person.id, (person) => ({
        ...person,
        keys: person.keys.map(({ strength: _unknown, ...key }) => key),
      }));
    const visit = await towardsNewKey(product, rp, an, 'token-card');
    expect((await look(visit)).body).not.toContain('value="security-key"');
    expect(stepOf(await send(visit, 'select-key', { key: 'security-key' }))).not.toBe('activate-key');
  });

  test('works, and came while the page for the new one was open in another tab', async () => {
    const { product, rp } = await start();
    const an = await product.addPerson({ keys: ['token-card'] });
    const visit = await towardsNewKey(product, rp, an);
    const page = await send(visit, 'select-key', { key: 'authenticator-app' });
    const secret = shownSecret(page);
    // A stronger key is bound meanwhile, of a factor that could be added beside the new one.
    await product.services.people.change(an.person.id, (person) => {
      const [key] = person.keys;
      return key && { ...person, keys: [...person.keys, { ...key, id: 'other', factor: 'gone', strength: 'high' }] };
    });
    const end = await send(visit, 'activate-key', { code: appCode(secret, product.clock.now()), action: 'continue' });
    expect([stepOf(end), reasonOf(end)]).toEqual(['refused', 'key_not_held_or_expired']);
    expect(await keysOf(product, an)).toEqual(['token-card active', 'gone active']);
  });
});

test('A-055 not in two steps either: a key that replaces a stronger one by a weaker proof inherits its bar', async () => {
  const { product, rp } = await start({
    ...going(),
    signIn: { order: 'name-first', secureAccount: true },
  });
  const an = await product.addPerson({ keys: ['token-card'] });
  // Its level was higher when it was bound; the operator has lowered the level of cards since.
  await product.services.people.change(an.person.id, (person) => ({
    ...person,
    keys: person.keys.map((key) => ({ ...key, strength: 'substantial' })),
  }));
  const visit = await begin(rp);
  const page = await givePassword(visit, an);
  await send(visit, 'prove-key', { code: await rightCode(product, an, page), action: 'continue' });
  await send(visit, 'phase-out', { action: 'migrate' });
  await send(visit, 'confirm-email', { action: 'continue' });
  expect((await look(visit)).body).not.toContain('value="authenticator-app"');
  const before = product.mails.length;
  await send(visit, 'select-key', { key: 'email-otp' });
  const code = await mailedCode(product, an.email, before);
  expect(stepOf(await send(visit, 'activate-key', { code, action: 'continue' }))).toBe('done');
  expect(await keysOf(product, an)).toEqual(['token-card off', 'email-otp active']);
  product.clock.advance(minute);
  const other = await towardsNewKey(product, rp, an);
  expect((await look(other)).body).not.toContain('value="authenticator-app"');
  expect(stepOf(await activateApp(product, other))).not.toBe('done');
});

test('A-055 nor through a file: a person who is exported without the strong key keeps its bar', async () => {
  const { product } = await start();
  const an = await product.addPerson({ keys: ['authenticator-app', 'token-card'] });
  await product.services.people.change(an.person.id, (person) => ({
    ...person,
    keys: person.keys.map((key) => (key.factor === 'authenticator-app' ? { ...key, status: 'blocked' } : key)),
  }));
  const lines: string[] = [];
  for await (const line of exportPeople(product.services)) lines.push(line);
  const other = await start();
  await importPeople(other.product.services, { lines: lines.map((line) => ownKeysOnly(line)), by: 'cli:test' });
  const visit = await begin(other.rp);
  const page = await givePassword(visit, an);
  expect([stepOf(page), reasonOf(page)]).toEqual(['refused', 'no_usable_key']);
  expect(stepOf(await activateApp(other.product, await towardsNewKey(other.product, other.rp, an)))).not.toBe('done');
});
/** Another installation has another root key: neither sealed keys nor keyed password hashes open there. */
const ownKeysOnly = (line: string): string => {
  const {
    keys: _sealed,
    passwordHash: _keyed,
    passwordPeppered: _so,
    ...rest
  } = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify({ ...rest, password: 'Tulpen uit Haarlem 42' });
};

test('A-055 a person with weak keys only is not locked out', async () => {
  const { product, rp } = await start();
  const an = await product.addPerson({ keys: ['token-card'] });
  const visit = await towardsNewKey(product, rp, an);
  expect(stepOf(await activateApp(product, visit))).toBe('done');
});

test('A-055 a person who cannot continue is told so, and whom to ask', async () => {
  const { product, rp } = await start({
    factors: { ...(deployment['factors'] as object), 'email-otp': { enabled: false } },
  });
  const an = await product.addPerson({ keys: ['authenticator-app', 'token-card'], language: 'en' });
  await product.services.people.change(an.person.id, (person) => ({
    ...person,
    keys: person.keys.map((key) => ({
      ...key,
      ...(key.factor === 'authenticator-app' ? { status: 'blocked' } : {}),
    })),
  }));
  const page = await look(await towardsNewKey(product, rp, an, 'token-card'));
  expect(stepOf(page)).toBe('refused');
  expect(page.body).toContain('help desk');
});

describe('A-205 after an administrator has removed the last key', () => {
  const withoutKeys = async (level: string) => {
    const { product, rp } = await start({ clients: [{ ...client, level }] });
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const key = (await personNow(product, an)).keys[0]?.id ?? '';
    const removed = await removeKey(product.services, { person: an.username, key, by: 'cli:test', evenLast: true });
    expect(removed).toMatchObject({ ok: true, value: { mustAllow: true } });
    return { product, rp, an };
  };

  test.each(['single', 'substantial'])(
    'the password gives no access, and the mailbox permits no key (%s)',
    async (level) => {
      const { product, rp, an } = await withoutKeys(level);
      const visit = await begin(rp);
      const page = await givePassword(visit, an);
      expect([stepOf(page), reasonOf(page), gotCode(page)]).toEqual(['refused', 'no_usable_key', false]);
      const before = product.mails.length;
      const other = await towardsNewKey(product, rp, an);
      expect(stepOf(await activateApp(product, other))).not.toBe('done');
      expect(product.mails.slice(before).filter(({ text }) => /\b\d{6}\b/.test(text))).toEqual([]);
      expect(await keysOf(product, an)).toEqual(['authenticator-app off']);
    },
  );

  test('an administrator can permit one key, for some time, and the person is told', async () => {
    const { product, rp, an } = await withoutKeys('substantial');
    const ask = { person: an.username, by: 'cli:test', reason: 'seen at the desk', hours: 1 };
    expect(await allowKey(product.services, ask)).toMatchObject({ ok: true });
    await product.mailTo(an.email, /helpdesk/);
    product.clock.advance(60 * minute);
    const late = await begin(rp);
    expect(reasonOf(await givePassword(late, an))).toBe('no_usable_key');

    await allowKey(product.services, ask);
    const [visit, second] = [await begin(rp), await begin(rp)];
    for (const one of [visit, second]) {
      expect(stepOf(await givePassword(one, an))).toBe('confirm-email');
      product.clock.advance(2_000);
      await proveMailbox(product, one, an);
    }
    expect(stepOf(await activateApp(product, visit))).toBe('done');
    expect(gotCode(await send(visit, 'done', { action: 'continue' }))).toBe(true);
    expect(stepOf(await activateApp(product, second))).not.toBe('done');
    const person = await personNow(product, an);
    expect(person.permit).toBeUndefined();
    expect(await keysOf(product, an)).toEqual(['authenticator-app off', 'authenticator-app active']);
  });

  test('the permit works where keys come first, and where people may activate none themselves', async () => {
    const { product, rp } = await start({
      clients: [{ ...client, level: 'substantial' }],
      signIn: { order: 'key-first', secureAccount: false },
    });
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    await product.services.people.change(an.person.id, (person) => ({
      ...person,
      keys: person.keys.map((key) => ({ ...key, status: 'blocked' })),
    }));
    const enter = async (): Promise<Visit> => {
      const visit = await begin(rp);
      await send(visit, 'choose-key', { key: 'authenticator-app' });
      await givePassword(visit, an);
      return visit;
    };
    expect(reasonOf(await look(await enter()))).toBe('key_blocked');
    await allowKey(product.services, { person: an.username, by: 'cli:test', reason: 'seen at the desk', hours: 1 });
    const visit = await enter();
    expect(stepOf(await look(visit))).toBe('confirm-email');
    await proveMailbox(product, visit, an);
    expect(stepOf(await activateApp(product, visit))).toBe('done');
    expect(gotCode(await send(visit, 'done', { action: 'continue' }))).toBe(true);
    expect(await keysOf(product, an)).toEqual(['authenticator-app blocked', 'authenticator-app active']);
  });

  test('a permit does not replace the proof of a remaining key, and permits no change of the address', async () => {
    const { product, rp } = await start();
    const an = await product.addPerson({ keys: ['authenticator-app', 'token-card'] });
    const key = (await personNow(product, an)).keys[0]?.id ?? '';
    await removeKey(product.services, { person: an.username, key, by: 'cli:test' });
    await allowKey(product.services, { person: an.username, by: 'cli:test', reason: 'seen at the desk', hours: 1 });
    const visit = await begin(rp, substantial);
    expect(stepOf(await givePassword(visit, an))).toBe('prove-key');
    expect(stepOf(await send(visit, 'confirm-email', { action: 'continue' }))).toBe('prove-key');
    const page = await send(visit, 'prove-key', {
      code: await rightCode(product, an, await look(visit)),
      action: 'continue',
    });
    expect(stepOf(page)).toBe('confirm-email');
    await send(visit, 'confirm-email', { action: 'change' });
    const before = product.mails.length;
    await send(visit, 'confirm-email', { action: 'continue', email: 'thief@example.org' });
    // The code goes to the account's address, whatever address is sent in the form.
    const code = await mailedCode(product, an.email, before);
    await send(visit, 'confirm-email', { action: 'continue', code });
    expect(stepOf(await activateApp(product, visit))).toBe('done');
    expect(product.mails.filter(({ to }) => to === 'thief@example.org')).toEqual([]);
  });
});
