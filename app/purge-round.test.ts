/** The deletion of keys on the real store. Also run on MongoDB. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createSecretBox } from '../adapters/secret-box.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { personDocuments } from '../accounts/person-documents.ts';
import { createPeople } from '../accounts/person-store.ts';
import type { Person } from '../accounts/person.ts';
import type { Schedule, ScheduleRule } from '../factors/policy/types.ts';
import { createSchedules } from '../schedules/schedule-store.ts';
import { movedTime } from '../test/harness/moved-time.ts';
import { counting } from '../test/harness/storage-wrappers.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { movableClock } from '../time/clock.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';
import { createPurgeJob } from './purge-job.ts';
import { purgeRound } from './purge-round.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const now = 1_000_000_000;
const clock = movableClock(now);
let store: TemporaryStore;
beforeEach(async () => {
  clock.set(now);
  store = await temporaryStore(clock);
});
afterEach(() => store.close());

/** As one process opens them. */
function openOn(storage: Storage) {
  const calls = counting(storage);
  return {
    calls,
    people: createPeople({ storage: calls, secretBox: createSecretBox(Buffer.alloc(32, 7)) }),
    schedules: createSchedules({ storage: calls, clock, initial: {} }),
    clock,
  };
}
type Node = ReturnType<typeof openOn>;
const openAgain = async () => openOn(await store.again());

const card = (...rules: readonly ScheduleRule[]): Schedule => ({
  factor: 'card',
  rules,
  after: 're-enrol',
  replacements: [],
  zone: 'UTC',
});
const everybody: ScheduleRule = { scope: { kind: 'all' }, sunsetAt: now - 2, purgeAt: now };
const date = ({ schedules }: Node, ...rules: readonly ScheduleRule[]) =>
  schedules.change('cli:ann', (all) => ({ ...all, card: card(...rules) }));

async function add({ people }: Node, id: string, over: Partial<Person> = {}): Promise<void> {
  const key = {
    detail: '',
    status: 'active',
    boundAt: 1,
    source: 'issued',
    attempts: { count: 0, lastAt: 0 },
  } as const;
  const added = await people.add({
    ...blankAccount,
    id,
    username: id,
    keys: [
      { ...key, id: `card-${id}`, factor: 'card', sealed: `secret-${id}`, strength: 'high' },
      { ...key, id: `app-${id}`, factor: 'app', sealed: `other-${id}`, strength: 'low' },
    ],
    ...over,
  });
  if (!added.ok) throw new Error('There is one already.');
}
const addMany = async (node: Node, count: number) => {
  for (let at = 0; at < count; at += 1) await add(node, `p${String(at).padStart(4, '0')}`);
};
/** Ids of the accounts whose card has a secret. */
const peopleWithCard = async ({ people }: Node): Promise<readonly string[]> =>
  (await people.page({ limit: 1000 })).items
    .filter(({ value }) => value.keys.some(({ factor, sealed }) => factor === 'card' && sealed !== undefined))
    .map(({ id }) => id);
const told = async ({ people }: Node): Promise<readonly number[]> =>
  (await people.page({ limit: 1000 })).items.map(
    ({ value }) => value.pending.filter((item) => item.kind === 'audit' && item.event.action === 'keys.purged').length,
  );

test('A-390 at its instant and not before; each account written and told once; other factors stay', async () => {
  const node = openOn(store.storage);
  await addMany(node, 120);
  await add(node, 'zoe', { groups: ['staff'] });
  await add(node, 'yan', { dates: { card: { extendedTo: now + 50 } } });
  await add(node, 'xav', { disabled: true });
  await date(node, everybody, { scope: { kind: 'group', id: 'staff' }, sunsetAt: now + 20, extends: true });
  clock.set(now - 1);
  expect(await purgeRound(node)).toMatchObject({ accounts: 0, complete: true });
  clock.set(now);
  expect(await purgeRound(node)).toEqual({ accounts: 121, keys: 121, complete: true, readAll: false });
  expect(await peopleWithCard(node)).toEqual(['yan', 'zoe']);
  const { items } = await node.people.page({ limit: 1000 });
  expect(items.every(({ value }) => value.keys[1]?.sealed?.startsWith('other-'))).toBe(true);
  const once = await told(node);
  expect(once.reduce((sum, lines) => sum + lines, 0)).toBe(121);
  expect(Math.max(...once)).toBe(1);

  // What is done is not looked through again: no account is read.
  node.calls.reset();
  expect(await purgeRound(node)).toMatchObject({ accounts: 0, keys: 0, complete: true });
  expect(node.calls.calls().by).toEqual({ 'schedules.get': 1, 'people.tally': 1 });

  clock.set(now + 20);
  expect(await purgeRound(node)).toMatchObject({ accounts: 1 });
  clock.set(now + 50);
  expect(await purgeRound(node)).toMatchObject({ accounts: 1 });
  expect(await peopleWithCard(node)).toEqual([]);
});

test('A-393 stopped anywhere, by another leader or two at once, each account is done exactly once', async () => {
  const [one, two] = [openOn(store.storage), await openAgain()];
  await addMany(one, 150);
  await date(one, everybody);
  let left = 30;
  expect(await purgeRound(one, { goesOn: () => (left -= 1) >= 0 })).toMatchObject({ accounts: 30, complete: false });
  const both = await Promise.all([purgeRound(one), purgeRound(two)]);
  expect(both.reduce((sum, { accounts }) => sum + accounts, 0)).toBe(120);
  expect(await told(one)).toEqual(Array.from({ length: 150 }, () => 1));
  expect(await peopleWithCard(one)).toEqual([]);
});

test('A-394 a day that is moved later, or an extension given, while it runs saves the keys that are left', async () => {
  const [server, desk] = [openOn(store.storage), await openAgain()];
  await addMany(server, 120);
  await date(server, everybody);
  await desk.people.change('p0119', (person) => ({ ...person, dates: { card: { extendedTo: now + 5 } } }));
  let batches = 0;
  const purged = await purgeRound(server, {
    rest: async () => {
      batches += 1;
      if (batches === 1) await date(desk, { ...everybody, purgeAt: now + 10 });
    },
  });
  expect(purged).toMatchObject({ accounts: 50, complete: true });
  expect(await peopleWithCard(server)).toHaveLength(70);
});

test('A-393 an altered account is left as it is, and holds up nobody', async () => {
  const node = openOn(store.storage);
  await addMany(node, 60);
  await date(node, everybody);
  const raw = (await store.again()).collection(personDocuments);
  // More than are read at once.
  for (let at = 0; at < 55; at += 1) {
    const id = `p${String(at).padStart(4, '0')}`;
    const stored = await raw.get(id);
    if (stored) await raw.replace(id, { ...stored.value, givenName: 'Eve' }, stored.version);
  }
  expect(await purgeRound(node)).toMatchObject({ accounts: 5, complete: true });
  expect((await raw.get('p0000'))?.value.keys[0]?.sealed).toBe('secret-p0000');
});

test('A-391 the number of a device is free again, and a key that is bound at that moment does not come back', async () => {
  const node = openOn(store.storage);
  const key = {
    id: 'one',
    factor: 'card',
    sealed: 'secret',
    unique: 'device',
    detail: '',
    status: 'active',
    boundAt: 1,
    source: 'enrolled',
    attempts: { count: 0, lastAt: 0 },
  } as const;
  await add(node, 'an', { keys: [] });
  await node.people.updateWithUnique('an', 'device', (person) => ({ account: { ...person, keys: [key] }, result: 1 }));
  await date(node, everybody);
  expect(await purgeRound(node)).toMatchObject({ accounts: 1, keys: 1 });
  expect(
    await (await store.again()).collection<{ person: string }>({ name: 'unique-values' }).get('device:device'),
  ).toBe(undefined);
});

const leader = { isLeader: () => true, onElected: () => undefined };
const quiet = pino({ enabled: false });

test('A-392 the job deletes nothing while its clock is not sure, or where it is not the leader', async () => {
  const node = openOn(store.storage);
  await add(node, 'an');
  await date(node, everybody);
  let [isEven, isLeader] = [false, true];
  const job = createPurgeJob({
    ...node,
    log: quiet,
    even: { isEven: () => isEven },
    leader: { ...leader, isLeader: () => isLeader },
  });
  expect(await job.look()).toBe(undefined);
  [isEven, isLeader] = [true, false];
  expect(await job.look()).toBe(undefined);
  expect(await peopleWithCard(node)).toEqual(['an']);
  isLeader = true;
  expect(await job.look()).toMatchObject({ accounts: 1 });
  await job.stop();
});

test('A-392 a clock that is set, or found wrong, while it runs stops it', async () => {
  const node = openOn(store.storage);
  await addMany(node, 10);
  await date(node, everybody);
  let looks = 0;
  const job = createPurgeJob({ ...node, log: quiet, even: { isEven: () => (looks += 1) <= 4 }, leader });
  expect(await job.look()).toMatchObject({ accounts: 3, complete: false });
  expect(await peopleWithCard(node)).toHaveLength(7);
  await job.stop();
});

test('A-393 looks once a minute at the dates alone; when done, the index is read once an hour, or when the dates change', async () => {
  const node = openOn(store.storage);
  const time = movedTime(now);
  /** Rests between batches are real, looks are moved. */
  const scheduler: Scheduler = {
    after: (wait, run) => (wait < 1_000 ? systemScheduler : time.scheduler).after(wait, run),
  };
  await add(node, 'an');
  const job = createPurgeJob({ ...node, clock, scheduler, log: quiet, even: { isEven: () => true }, leader });
  await date(node, { ...everybody, purgeAt: now + 90_000 });
  job.start();
  const tallies = async (minutes: number): Promise<number> => {
    node.calls.reset();
    for (let minute = 0; minute < minutes; minute += 1) {
      clock.advance(60_000);
      time.advance(60_000);
      // The look that has begun, or one that finds the same.
      await job.look();
    }
    return node.calls.calls().by['people.tally'] ?? 0;
  };
  expect([await tallies(1), await peopleWithCard(node)]).toEqual([0, ['an']]);
  expect([await tallies(1), await peopleWithCard(node)]).toEqual([1, []]);
  expect(await tallies(59)).toBe(0);
  await add(node, 'late');
  expect([await tallies(2), await peopleWithCard(node)]).toEqual([1, []]);
  await add(node, 'later');
  await date(node, { ...everybody, purgeAt: now + 95_000 });
  expect([await tallies(1), await peopleWithCard(node)]).toEqual([1, []]);
  await job.stop();
});
