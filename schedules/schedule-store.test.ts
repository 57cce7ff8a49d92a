import { afterEach, expect, test } from '@jest/globals';
import { movableClock } from '../time/clock.ts';
import { counting, withLatency } from '../test/harness/storage-wrappers.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import type { Schedule } from '../factors/policy/types.ts';
import { createSchedules } from './schedule-store.ts';
import type { PendingLine } from './schedule-book.ts';
import { effective } from '../factors/policy/lifecycle.ts';

let store: TemporaryStore | undefined;
afterEach(() => store?.close());

const clock = movableClock(1_000_000);
const card = (sunsetAt: number): Schedule => ({
  factor: 'card',
  rules: [{ scope: { kind: 'all' }, sunsetAt }],
  after: 'refuse',
  replacements: [],
  zone: 'UTC',
});
const set = (schedule: Schedule) => (all: Schedules) => ({ ...all, [schedule.factor]: schedule });
const raise = (all: Schedules) => set(card((all['card']?.rules[0]?.sunsetAt ?? 0) + 1))(all);
const sunset = async (schedules: { current(): Promise<Schedules> }) =>
  (await schedules.current())['card']?.rules[0]?.sunsetAt;

test('the configuration gives the first value; what a command set is not overwritten by it', async () => {
  store = await temporaryStore(clock);
  const first = createSchedules({ storage: store.storage, clock, initial: { card: card(5) } });
  expect(await sunset(first)).toBe(5);
  await first.change('cli:ann', set(card(7)));

  const again = createSchedules({
    storage: await store.again(),
    clock,
    initial: { card: card(6), mail: { ...card(9), factor: 'mail' } },
  });
  expect(await sunset(again)).toBe(7);
  expect(Object.keys(await again.current())).toEqual(['card', 'mail']);
  expect(await sunset(first)).toBe(7);
});

/** If a store cannot tell whether others wrote (MongoDB), a read is trusted for a second. */
const untilTrustIsOver = (storage: Storage) => {
  if (!storage.foreignWrites) clock.advance(1000);
};

test('a change of another process counts at the next call, and costs no read while nobody writes', async () => {
  store = await temporaryStore(clock);
  const mine = counting(store.storage);
  const here = createSchedules({ storage: mine, clock, initial: { card: card(5) }, steadily: () => clock.now() });
  const there = createSchedules({ storage: await store.again(), clock, initial: {} });
  expect(await sunset(here)).toBe(5);
  await there.change('cli:ann', set(card(8)));
  untilTrustIsOver(store.storage);
  expect(await sunset(here)).toBe(8);
  mine.reset();
  for (let call = 0; call < 20; call += 1) expect(await sunset(here)).toBe(8);
  expect(mine.calls().total).toBe(0);
});

test('if the store cannot tell, cached dates are at most a second old', async () => {
  store = await temporaryStore(clock);
  const plain: Storage = { ...store.storage };
  delete plain.foreignWrites;
  const here = createSchedules({ storage: plain, clock, initial: { card: card(5) } });
  const there = createSchedules({ storage: await store.again(), clock, initial: {} });
  expect(await sunset(here)).toBe(5);
  await there.change('cli:ann', set(card(8)));
  clock.advance(1000);
  expect(await sunset(here)).toBe(8);
});

test('changes that race all count, and each has a pending audit event with before and after', async () => {
  store = await temporaryStore(clock);
  const stores = [store.storage, await store.again(), await store.again()].map((storage, seed) =>
    createSchedules({ storage: withLatency(storage, { min: 0, max: 2, seed }), clock, initial: { card: card(0) } }),
  );
  await Promise.all(Array.from({ length: 12 }, async (_, index) => stores[index % 3]?.change(`cli:${index}`, raise)));
  untilTrustIsOver(store.storage);
  for (const schedules of stores) expect(await sunset(schedules)).toBe(12);

  const lines: PendingLine[] = [];
  await stores[0]?.carryOver(async (pending) => void lines.push(...pending));
  const steps = lines.slice(1).map(({ event }) => event.facts as { before: Schedule; after: Schedule });
  expect(steps.map(({ before }) => before.rules[0]?.sunsetAt)).toEqual([...Array(12).keys()]);
  expect(new Set(lines.map(({ event }) => event.actor)).size).toBe(13);
});

test('pending events come again under the same ids until they are delivered', async () => {
  store = await temporaryStore(clock);
  const schedules = createSchedules({ storage: store.storage, clock, initial: {} });
  let told = 0;
  schedules.onPending(() => (told += 1));
  await schedules.change('cli:ann', set(card(5)));
  await schedules.change('cli:ann', set(card(5)));
  const tries: string[][] = [];
  const take = (fails: boolean) => (pending: readonly PendingLine[]) => {
    tries.push(pending.map(({ id }) => id));
    return fails ? Promise.reject(new Error('killed')) : Promise.resolve();
  };
  await expect(schedules.carryOver(take(true))).rejects.toThrow('killed');
  await schedules.carryOver(take(false));
  await schedules.carryOver(take(false));
  expect(tries).toHaveLength(2);
  expect(tries[0]).toEqual(tries[1]);
  expect(tries[0]).toHaveLength(1);
  expect(told).toBeGreaterThan(0);
});

test('returned dates are frozen', async () => {
  store = await temporaryStore(clock);
  const schedules = createSchedules({ storage: store.storage, clock, initial: { card: card(5) } });
  const current = await schedules.current();
  expect(Object.isFrozen(current['card']?.rules[0])).toBe(true);
});

const statusOf = async (schedules: { current(): Promise<Schedules> }, at: number) => {
  const schedule = (await schedules.current())['card'];
  return schedule && effective(schedule, {}, at).status;
};

test.each([
  [-1, 'active'],
  [0, 'sunset'],
  [1, 'sunset'],
])(
  'A-210a seen %i ms after its last day, and the clock set back: %s, in a later process too',
  async (offset, status) => {
    const time = movableClock(1_000);
    store = await temporaryStore(time);
    const here = createSchedules({ storage: store.storage, clock: time, initial: { card: card(5_000) } });
    here.marksWhile(() => true);
    expect(await statusOf(here, time.now())).toBe('active');
    time.set(5_000 + offset);
    await here.current();
    time.set(2_000);
    expect(await statusOf(here, time.now())).toBe(status);
    const later = createSchedules({ storage: await store.again(), clock: time, initial: {} });
    expect(await statusOf(later, time.now())).toBe(status);
  },
);

test('A-210a moving the day makes the factor active again; a change of another factor does not', async () => {
  const time = movableClock(5_000);
  store = await temporaryStore(time);
  const here = createSchedules({ storage: store.storage, clock: time, initial: { card: card(5_000) } });
  here.marksWhile(() => true);
  await here.current();
  time.set(2_000);
  await here.change('cli:ann', set({ ...card(9_000), factor: 'mail' }));
  expect(await statusOf(here, time.now())).toBe('sunset');
  const afterwards = await here.change('cli:ann', set(card(6_000)));
  expect(afterwards['card']).toEqual(card(6_000));
  expect(await statusOf(here, time.now())).toBe('active');
  time.set(6_000);
  expect(await statusOf(here, time.now())).toBe('sunset');
});

test('A-210a a command on a machine whose clock is ahead ends no factor for good', async () => {
  const time = movableClock(1_000);
  store = await temporaryStore(time);
  const server = createSchedules({ storage: store.storage, clock: time, initial: { card: card(5_000) } });
  server.marksWhile(() => true);
  expect(await statusOf(server, time.now())).toBe('active');
  const ahead = createSchedules({ storage: await store.again(), clock: { now: () => 90_000 }, initial: {} });
  await ahead.current();
  await ahead.change('cli:ann', set(card(6_000)));
  expect(await statusOf(server, time.now())).toBe('active');
});

test('A-210a a process whose clock is wrong stores no date that has come; a store that fails changes nothing', async () => {
  const time = movableClock(1_000);
  store = await temporaryStore(time);
  let fails = false;
  const failing: Storage = {
    ...store.storage,
    collection: (spec) => {
      const real = store?.storage.collection(spec);
      if (!real) throw new Error('There is no store.');
      return { ...real, replace: (...given) => (fails ? Promise.reject(new Error('down')) : real.replace(...given)) };
    },
  };
  const here = createSchedules({ storage: failing, clock: time, initial: { card: card(5_000) } });
  await here.current();
  let right = false;
  here.marksWhile(() => right);
  time.set(7_000);
  expect(await statusOf(here, time.now())).toBe('sunset');
  time.set(2_000);
  expect(await statusOf(here, time.now())).toBe('active');
  [right, fails] = [true, true];
  time.set(7_000);
  expect(await statusOf(here, time.now())).toBe('sunset');
  fails = false;
  await here.current();
  time.set(2_000);
  expect(await statusOf(here, time.now())).toBe('sunset');
});
