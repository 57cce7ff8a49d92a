/** Counting over shapes gives the same as counting every person, on the real store. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { constantFrom, integer, record, sample, subarray } from 'fast-check';
import type { Person } from '../../accounts/person.ts';
import { TooManyToCount } from '../../adapters/storage/port.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import type { ScheduleRule } from '../../factors/policy/types.ts';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import type { Services } from '../services.ts';
import { scheduleFactor } from './factor-schedule.ts';
import { preflight } from './preflight.ts';
import { blankAccount } from '../../test/harness/blank-account.ts';

const configuration = `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
factors:
  token-card: {}
  email-otp: {}
  authenticator-app: {}
sharedMailboxes: { mayEnrol: false, localParts: [info, Kanselarij] }
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
  - { id: bank, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb], accepts: [authenticator-app, token-card] }
`;
const now = Date.parse('2023-10-01T12:00:00Z');
const day = 86_400_000;
let admin: AdminServices;
let services: Services;
beforeEach(async () => {
  admin = await adminServices({ configuration, now });
  services = await admin.open();
});
afterEach(() => admin.close());

const ends = (rules: readonly ScheduleRule[], after: 'refuse' | 're-enrol' = 'refuse'): Schedules => ({
  'token-card': { factor: 'token-card', rules, after, replacements: [], zone: 'UTC' },
});
const everybody: ScheduleRule = { scope: { kind: 'all' }, sunsetAt: now + 10 * day };
const add = async (name: string, factors: readonly string[], over: Partial<Person> = {}) =>
  services.people.add({
    ...blankAccount,
    username: name,
    email: { address: `${name}@example.org`, verifiedAt: 1 },
    keys: factors.map((factor, at) => ({
      id: `${name}-${at}`,
      factor,
      detail: '',
      status: 'active',
      boundAt: 1,
      source: 'imported',
      attempts: { count: 0, lastAt: 0 },
    })),
    ...over,
  });
const bare = { detail: '', boundAt: 1, source: 'imported', attempts: { count: 0, lastAt: 0 } } as const;
/** A card, and a key that was stronger, until an administrator removed it. */
const cardAndRemoved: Person['keys'] = [
  { ...bare, id: 'card', factor: 'token-card', status: 'active' },
  { ...bare, id: 'gone', factor: 'authenticator-app', status: 'off', offBecause: 'removed', strength: 'high' },
];
const look = (after: Schedules, at = now + 10 * day, before: Schedules = {}) =>
  preflight(services, { factor: 'token-card', before, after, at });

describe('who would be stranded', () => {
  beforeEach(async () => {
    await add('only-card', ['token-card']);
    await add('card-and-app', ['token-card', 'authenticator-app']);
    await add('card-and-mail', ['token-card', 'email-otp']);
    await add('app', ['authenticator-app']);
    await add('disabled', ['token-card'], { disabled: true });
    await add('extended', ['token-card'], {
      groups: ['staff'],
      dates: { 'token-card': { extendedTo: now + 20 * day } },
    });
  });

  test('at the last instant nobody, at the next one those without another key, by relying party and group', async () => {
    expect(await look(ends([everybody]), now + 10 * day - 1)).toMatchObject({
      touched: 4,
      stranded: 0,
      newlyStranded: 0,
    });
    expect(await look(ends([everybody]))).toMatchObject({
      people: 5,
      disabled: 1,
      touched: 4,
      keep: 1,
      still: 1,
      mustReplace: 0,
      stranded: 2,
      newlyStranded: 2,
      closedClients: [],
      byGroup: [{ group: 'staff', touched: 1, still: 1, stranded: 0 }],
    });
    const purged = ends([{ ...everybody, purgeAt: now + 15 * day }], 're-enrol');
    for (const [step, mustReplace, stranded] of [
      [-1, 2, 0],
      [0, 0, 2],
      [1, 0, 2],
    ] as const)
      expect(await look(purged, now + 15 * day + step)).toMatchObject({ mustReplace, stranded, keep: 1, still: 1 });
    const { byClient } = await look(ends([everybody]));
    expect(byClient).toMatchObject([
      { client: 'tax', touched: 4, keep: 2, still: 1, stranded: 1 },
      { client: 'bank', touched: 4, keep: 1, still: 1, stranded: 2 },
    ]);
  });
  test('a person who may still replace the key is not stranded', async () =>
    expect(await look(ends([everybody], 're-enrol'))).toMatchObject({ stranded: 0, mustReplace: 2, newlyStranded: 0 }));
  test('after the extension', async () =>
    expect(await look(ends([everybody]), now + 20 * day)).toMatchObject({ still: 0, stranded: 3 }));
  test('a person who was stranded before is not stranded by this change', async () => {
    const already = ends([everybody]);
    expect(await look(already, now + 10 * day, already)).toMatchObject({ stranded: 2, newlyStranded: 0 });
  });
  test('A-241: a person who could only activate a key of the factor is stranded by its end, without having one', async () => {
    const cards = ends([everybody], 're-enrol');
    const app = {
      factor: 'authenticator-app',
      rules: [everybody],
      after: 'refuse',
      replacements: [],
      zone: 'UTC',
    } as const;
    const mail = { ...app, factor: 'email-otp' };
    const at = now + 10 * day;
    const before: Schedules = { ...cards, 'email-otp': mail };
    const request = { factor: 'authenticator-app', before, after: { ...before, 'authenticator-app': app }, at };
    // With a key of the factor: `app` and `card-and-app`. People who would replace it: `only-card` and `card-and-mail`.
    expect(await preflight(services, request)).toMatchObject({ touched: 2, newlyStranded: 4 });
  });
  test('a relying party at which no factor would sign in is named', async () => {
    const both: Schedules = {
      ...ends([everybody]),
      'authenticator-app': {
        factor: 'authenticator-app',
        rules: [{ scope: { kind: 'client', id: 'bank' }, sunsetAt: now }],
        after: 'refuse',
        replacements: [],
        zone: 'UTC',
      },
    };
    expect((await look(both)).closedClients).toEqual(['bank']);
  });
});

test('A-337 the end of the last factor that signs in is reported, also if a password alone signs in', async () => {
  const end = (factor: string) => ({ ...ends([everybody])['token-card'], factor }) as Schedules[string];
  const ids = ['token-card', 'email-otp', 'authenticator-app'];
  const all: Schedules = Object.fromEntries(ids.map((id) => [id, end(id)]));
  const { 'email-otp': _open, ...others } = all;
  expect([(await look(all)).closesAll, (await look(others)).closesAll]).toEqual([true, false]);
  expect((await look(all, now + 10 * day - 1)).closesAll).toBe(false);
  expect((await look(all, now + 10 * day, all)).closesAll).toBe(false);
});

describe('A-263 people whose shape says too little', () => {
  const at = now + 10 * day;
  const cards = ends([everybody], 're-enrol');
  test.each(['info@example.org', 'INFO+tax@example.org', 'kanselarij@example.org'])(
    'A-414 who may activate nothing, since several people read %s, and give no other address, is stranded',
    async (address) => {
      const shared = { email: { address, verifiedAt: 1 } };
      await add('own', ['token-card']);
      await add('shared', ['token-card'], shared);
      await add('stronger-removed', ['token-card'], { ...shared, keys: cardAndRemoved });
      await add('disabled', ['token-card'], { ...shared, disabled: true });
      expect(await look(cards, at)).toMatchObject({ touched: 3, mustReplace: 2, stranded: 1, newlyStranded: 1 });
      expect(await look(cards, at - 1)).toMatchObject({ touched: 3, still: 3, stranded: 0 });
    },
  );
  test('a permit counts as long as it lasts, to the millisecond', async () => {
    for (const [name, until] of [
      ['permitted', at + 1],
      ['over', at],
    ] as const)
      await add(name, ['token-card'], { permit: { id: name, at: now, until, by: 'desk' } });
    expect(await look(ends([everybody]), at)).toMatchObject({ touched: 2, mustReplace: 1, stranded: 1 });
  });
});

test('A-264 twelve thousand permits that end at as many instants are counted', async () => {
  const count = 12_000;
  const permit = (one: number) => ({ id: 'x', at: now, until: now + 1 + one * 7_000, by: 'desk' });
  for (let one = 0; one < count; one += 500)
    await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        add(`p${one + index}`, ['token-card'], { permit: permit(one + index) }),
      ),
    );
  expect(await look(ends([everybody]))).toMatchObject({ people: count, touched: count, stranded: count });
});

test('A-264 what cannot be counted is refused by name, and nothing is written', async () => {
  const people = { ...services.people, withPermit: () => Promise.reject(new TooManyToCount('As asked.')) };
  const asked = { factor: 'token-card', by: 'test', zone: 'UTC', days: { untilAndIncluding: '2024-01-30' } };
  expect(await scheduleFactor({ ...services, people }, asked)).toMatchObject({
    ok: false,
    refusals: [{ code: 'accounts_too_varied' }],
  });
  expect(await services.schedules.current()).toEqual({});
});

test('counted over shapes or one by one, it is the same', async () => {
  const kinds = sample(
    record({
      factors: subarray(['token-card', 'email-otp', 'authenticator-app']),
      groups: subarray(['staff', 'pilot']),
      mail: integer({ min: 0, max: 4 }),
      disabled: integer({ min: 0, max: 5 }),
      removed: subarray(['token-card', 'authenticator-app']),
      permit: constantFrom(0, 0, 1, 2 * day, 10 * day + 1),
    }),
    { numRuns: 120, seed: 11 },
  );
  for (const [at, { factors, groups, mail, disabled, removed, permit }] of kinds.entries()) {
    const name = `p${at}`;
    const address = mail > 2 ? `info+${name}@example.org` : `${name}@example.org`;
    const email = mail === 0 ? undefined : mail === 1 ? { address } : { address, verifiedAt: 1 };
    const permitted = permit === 0 ? {} : { permit: { id: name, at: now, until: now + permit, by: 'desk' } };
    const over = { groups, disabled: disabled === 0, ...permitted, ...(email ? { email } : {}) };
    const added = await add(name, factors, over);
    if (mail === 0 && added.ok) await services.people.change(added.person.id, ({ email: _gone, ...rest }) => rest);
    if (added.ok)
      await services.people.change(added.person.id, (person) => ({
        ...person,
        keys: person.keys.map((key) =>
          removed.includes(key.factor) ? { ...key, status: 'off', offBecause: 'removed', strength: 'low' } : key,
        ),
      }));
  }
  const after = ends([everybody, { scope: { kind: 'group', id: 'pilot' }, sunsetAt: now + 2 * day }], 're-enrol');
  for (const at of [now, now + 2 * day, now + 10 * day]) {
    const all = await look(after, at);
    const each = { touched: 0, keep: 0, still: 0, mustReplace: 0, stranded: 0, newlyStranded: 0 };
    const { items } = await services.people.page({ limit: 1000 });
    for (const { value } of items) {
      const population = [{ person: value, accounts: 1 }];
      const one = await preflight(services, { factor: 'token-card', before: {}, after, at, population });
      for (const name of Object.keys(each) as (keyof typeof each)[]) each[name] += one[name];
    }
    expect(all).toMatchObject(each);
    expect(all.touched).toBeGreaterThan(0);
  }
});

test('A-429 sign-ins are served between any two shapes that are judged', async () => {
  const accounts = Array.from({ length: 40 }, (_, at) => ({
    person: { ...blankAccount, id: `p${at}`, username: `p${at}` },
    accounts: 1,
  }));
  let [turns, isOver] = [0, false];
  const others = (): void => {
    turns += 1;
    if (!isOver) setImmediate(others);
  };
  setImmediate(others);
  await preflight(services, {
    factor: 'token-card',
    before: {},
    after: ends([everybody]),
    at: now,
    population: accounts,
  });
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(accounts.length);
});

test('A-505 where a desk is switched on, nobody but its clerks is stranded there', async () => {
  const withDesk = configuration.replace(/  - \{ id: bank.*\n/, '');
  const own = await adminServices({
    configuration: `${withDesk}activation: { enabled: true }\nsites: { desk: { groups: [desk] } }\n`,
    now,
  });
  try {
    services = await own.open();
    await add('citizen', ['authenticator-app', 'email-otp']);
    await add('clerk', ['authenticator-app', 'email-otp'], { groups: ['desk'] });
    const app = 'authenticator-app';
    const after: Schedules = {
      [app]: { factor: app, rules: [everybody], after: 'refuse', replacements: [], zone: 'UTC' },
    };
    const found = await preflight(services, { factor: app, before: {}, after, at: now + 11 * day });
    expect([found.newlyStranded, found.byClient.find(({ client }) => client === 'rekey-desk')?.stranded]).toEqual([
      1, 1,
    ]);
  } finally {
    await own.close();
  }
});
