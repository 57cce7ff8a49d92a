/**
 * The states that the dates of a factor have had: numbered by the change itself, stored after it, limited in number.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Storage } from '../adapters/storage/port.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import type { Schedule } from '../factors/policy/types.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { withLatency } from '../test/harness/storage-wrappers.ts';
import { movableClock } from '../time/clock.ts';
import { statesKept } from './schedule-history.ts';
import { createSchedules, scheduleBooks, type ScheduleStore } from './schedule-store.ts';

const clock = movableClock(1_000_000);
let store: TemporaryStore;
beforeEach(async () => {
  store = await temporaryStore(clock);
});
afterEach(() => store.close());

const card = (sunsetAt: number, factor = 'card'): Schedule => ({
  factor,
  rules: [{ scope: { kind: 'all' }, sunsetAt }],
  after: 'refuse',
  replacements: [],
  zone: 'UTC',
});
const set = (schedule: Schedule) => (all: Schedules) => ({ ...all, [schedule.factor]: schedule });
const open = (storage: Storage, initial: Schedules = {}) => createSchedules({ storage, clock, initial });
const ends = async (schedules: ScheduleStore, factor = 'card') =>
  (await schedules.history(factor)).map(({ number, schedule }) => [number, schedule.rules[0]?.sunsetAt]);
const carry = (schedules: ScheduleStore) => schedules.carryOver(async () => undefined);

test('A-330 every state has number, when, who and why, before and after it is moved to the history', async () => {
  const schedules = open(store.storage, { card: card(5) });
  await schedules.current();
  clock.set(2_000_000);
  await schedules.change('cli:ann', set(card(7)), { reason: 'the contract ends', acceptedStranded: 3 });
  await schedules.change('cli:ann', set(card(7)));
  const expected = [
    {
      factor: 'card',
      number: 2,
      at: 2_000_000,
      by: 'cli:ann',
      reason: 'the contract ends',
      acceptedStranded: 3,
      schedule: card(7),
    },
    { factor: 'card', number: 1, at: 1_000_000, by: 'configuration', schedule: card(5) },
  ];
  expect(await schedules.history('card')).toEqual(expected);
  await carry(schedules);
  expect(await schedules.history('card')).toEqual(expected);
  expect(await open(await store.again()).history('card')).toEqual(expected);
  expect(await schedules.history('mail')).toEqual([]);
  clock.set(1_000_000);
});

test('A-330 a process that is killed between two steps of moving states loses none and stores none twice', async () => {
  const real = store.storage;
  let writes = Number.POSITIVE_INFINITY;
  const dying: Storage = {
    ...real,
    collection: (spec) => {
      const found = real.collection(spec);
      const write = async <R>(work: () => Promise<R>): Promise<R> => {
        if (writes <= 0) throw new Error('killed');
        writes -= 1;
        return work();
      };
      return {
        ...found,
        insert: (...given) => write(() => found.insert(...given)),
        replace: (...given) => write(() => found.replace(...given)),
        remove: (...given) => write(() => found.remove(...given)),
      };
    },
  };
  const schedules = open(dying);
  for (const end of [1, 2, 3]) await schedules.change('cli:ann', set(card(end)));
  const all = [
    [3, 3],
    [2, 2],
    [1, 1],
  ];
  for (const step of [0, 1, 2, 3]) {
    writes = step;
    await expect(carry(schedules)).rejects.toThrow('killed');
    const later = open(await store.again());
    expect([step, await ends(later)]).toEqual([step, all]);
  }
  writes = Number.POSITIVE_INFINITY;
  await carry(schedules);
  expect(await ends(schedules)).toEqual(all);
  const book = await (await store.again()).collection(scheduleBooks).get('current');
  expect(book?.value).not.toHaveProperty('unfiled');
});

test('A-330 administrators who race make one state each, without a gap, whichever process moves them', async () => {
  const stores = [store.storage, await store.again(), await store.again()].map((storage, seed) =>
    open(withLatency(storage, { min: 0, max: 2, seed })),
  );
  const raise = (all: Schedules) => set(card((all['card']?.rules[0]?.sunsetAt ?? 0) + 1))(all);
  await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const one = stores[index % 3];
      await one?.change(`cli:${index}`, raise);
      if (one) await carry(one);
    }),
  );
  const [first] = stores;
  if (!first) throw new Error('There is no store.');
  expect(await ends(first)).toEqual(Array.from({ length: 12 }, (_, index) => [12 - index, 12 - index]));
  expect(new Set((await first.history('card')).map(({ by }) => by)).size).toBe(12);
});

test('A-330 the newest states are kept, in a bounded number, each factor for itself', async () => {
  const schedules = open(store.storage);
  await schedules.change('cli:ann', set(card(1, 'mail')));
  for (let end = 1; end <= statesKept + 5; end += 1) {
    await schedules.change('cli:ann', set(card(end)));
    if (end % 40 === 0) await carry(schedules);
  }
  const newest = Array.from({ length: statesKept }, (_, index) => [statesKept + 5 - index, statesKept + 5 - index]);
  expect(await ends(schedules)).toEqual(newest);
  await carry(schedules);
  expect(await ends(schedules)).toEqual(newest);
  expect(await ends(schedules, 'mail')).toEqual([[1, 1]]);
});

test('A-330 the dates from before the history are its first state', async () => {
  await store.storage
    .collection(scheduleBooks)
    .insert('current', { revision: 4, schedules: { card: card(5), mail: card(9, 'mail') }, pending: [] });
  const schedules = open(await store.again());
  await schedules.change('cli:ann', set(card(7)));
  expect(await schedules.history('card')).toMatchObject([
    { number: 2, by: 'cli:ann', schedule: card(7) },
    { number: 1, at: null, by: null, schedule: card(5) },
  ]);
  expect(await schedules.history('mail')).toEqual([
    { factor: 'mail', number: 1, at: null, by: null, schedule: card(9, 'mail') },
  ]);
});
