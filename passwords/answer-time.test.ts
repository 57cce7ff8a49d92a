import { afterEach, expect, jest, test } from '@jest/globals';
import { createSecretBox } from '../adapters/secret-box.ts';
import type { Storage } from '../adapters/storage/port.ts';
import type { Password } from '../accounts/person.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { createAnswerTime, metHashes, realPace, type Pace } from './answer-time.ts';
import { createSlowHash, currentClass } from './argon2.ts';
import type { HashKind } from './hash-kinds.ts';
import { createPasswords } from './passwords.ts';

const stores: TemporaryStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

/** ms for checking a hash of a class. */
const costs: Readonly<Record<string, number>> = {
  [currentClass]: 50,
  '$argon2id$v=19$m=65536,t=3,p=4$': 337,
  $2b$12$: 610,
};

/** A clock that moves only by hashing and by waiting. */
function simulated() {
  let now = 0;
  const hashed: string[] = [];
  const work = (costClass: string) => {
    now += costs[costClass] ?? 0;
    hashed.push(costClass);
  };
  const kind = (form: RegExp): HashKind => ({
    costClass: (hash) => form.exec(hash)?.[0],
    verify: async (hash, secret) => {
      work(form.exec(hash)?.[0] ?? '');
      return secret.endsWith('right');
    },
    rehearse: async (costClass) => work(costClass),
  });
  const kinds = [kind(/^\$argon2id\$v=19\$[^$]+\$/), kind(/^\$2b\$\d+\$/)];
  const pace: Pace = { now: () => now, until: async (instant) => void (now = Math.max(now, instant)) };
  return { pace, kinds, hashed, pass: (ms: number) => void (now += ms) };
}

type Simulated = ReturnType<typeof simulated>;
function nodeOn(storage: TemporaryStore['storage'], { pace, kinds }: Simulated) {
  const hash = { ...createSlowHash({ kinds }), hash: async () => `${currentClass}c2FsdA$aGFzaA` };
  const time = createAnswerTime({ storage, hash, pace, ownClass: currentClass });
  const secretBox = createSecretBox(new Uint8Array(32).fill(7));
  return createPasswords({ secretBox, hash, rules: { minimumLength: 8, contextWords: [] }, time, pace });
}

const stored = (costClass: string): Password => ({ hash: `${costClass}c2FsdA$aGFzaA`, peppered: false, setAt: 1 });
const sorts = [undefined, ...Object.keys(costs).map(stored)];

async function timesOf(node: ReturnType<typeof nodeOn>, { pace }: Simulated, of = sorts): Promise<number[]> {
  const times: number[] = [];
  for (const password of of) {
    const began = pace.now();
    expect(await node.matches(password, 'guess', 1)).toEqual({ right: false });
    times.push(Math.round(pace.now() - began));
  }
  return times;
}

test('A-208: every wrong answer takes the same time: unknown name, no password, today’s hash, an imported one, a foreign one', async () => {
  const store = await temporaryStore();
  stores.push(store);
  const world = simulated();
  const node = nodeOn(store.storage, world);
  // If all hashes are made here, nothing waits.
  expect(await timesOf(node, world, [undefined, stored(currentClass)])).toEqual([50, 50]);
  for (const { hash } of Object.keys(costs).map(stored)) await node.takesIn(hash);
  // The first answer measures the imported hash.
  await timesOf(node, world, [undefined]);
  for (let round = 0; round < 40; round += 1) await timesOf(node, world);
  const times = await timesOf(node, world);
  expect(new Set(times)).toEqual(new Set([610]));

  // Another node, started later, learns of it from the store; a hash that was not announced is learned when it is
  // compared.
  const elsewhere = nodeOn(await store.again(), world);
  await timesOf(elsewhere, world, [undefined]);
  for (let round = 0; round < 40; round += 1) await timesOf(elsewhere, world);
  expect(new Set(await timesOf(elsewhere, world))).toEqual(new Set([610]));
});

test('A-265: a hash type that another node has just imported delays the very next wrong answer here, also for an unknown name', async () => {
  const store = await temporaryStore();
  stores.push(store);
  const world = simulated();
  const here = nodeOn(store.storage, world);
  const elsewhere = nodeOn(await store.again(), world);
  for (const costClass of ['$argon2id$v=19$m=65536,t=3,p=4$', '$2b$12$']) {
    // Both have read which types are in use, and have them cached.
    for (const node of [here, elsewhere]) await timesOf(node, world, [undefined]);
    await elsewhere.takesIn(stored(costClass).hash);
    for (const time of await timesOf(here, world, [undefined, stored(currentClass), stored(costClass)]))
      expect(time).toBeGreaterThanOrEqual(costs[costClass] ?? Infinity);
  }
});

test('A-208: a hash type that was never announced is compared once, and every answer is as late from then on', async () => {
  const store = await temporaryStore();
  stores.push(store);
  const world = simulated();
  const node = nodeOn(store.storage, world);
  await timesOf(node, world, [stored('$2b$12$')]);
  for (const time of await timesOf(node, world)) expect(time).toBeGreaterThanOrEqual(610);
});

test('A-208: waiting blocks no thread: each answer is one comparison, and others are compared meanwhile', async () => {
  const store = await temporaryStore();
  stores.push(store);
  const world = simulated();
  const timer = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const pace: Pace = {
    now: () => world.pace.now(),
    until: () => {
      asked.resolve();
      return timer.promise;
    },
  };
  const hash = createSlowHash({ kinds: world.kinds, atOnce: 1, waitingAtMost: 5 });
  const time = createAnswerTime({ storage: store.storage, hash, pace, ownClass: currentClass });
  await time.met(stored('$2b$12$').hash);
  const waiting = time.due(0);
  await asked.promise;
  const before = world.hashed.length;
  expect(await hash.matches(stored(currentClass).hash, 'right')).toBe(true);
  expect(world.hashed.length).toBe(before + 1);
  timer.resolve();
  await waiting;
});

test('A-208: a right password does not wait, and its foreign hash is renewed', async () => {
  const store = await temporaryStore();
  stores.push(store);
  const world = simulated();
  const node = nodeOn(store.storage, world);
  for (const { hash } of Object.keys(costs).map(stored)) await node.takesIn(hash);
  await timesOf(node, world);
  const began = world.pace.now();
  const { right, renewed } = await node.matches(stored('$argon2id$v=19$m=65536,t=3,p=4$'), 'right', 9);
  expect([right, renewed?.hash.startsWith(currentClass), world.pace.now() - began]).toEqual([true, true, 337]);
});

/** One process, whose hashes are named by their first word; it notes when answers are due. */
function nodeWithoutHashing(storage: Storage, rehearsal = 0) {
  let now = 1_000;
  const dueAt: number[] = [];
  const wishes: unknown[] = [];
  const time = createAnswerTime({
    storage,
    ownClass: 'own',
    pace: { now: () => now, until: async (instant) => void dueAt.push(instant) },
    hash: {
      hash: async () => '',
      matches: async () => false,
      costClass: (hash) => /^\w+/.exec(hash)?.[0],
      async rehearse(_costClass, { first, started } = {}) {
        wishes.push(first);
        // In the queue.
        now += 5_000;
        started?.();
        now += rehearsal;
      },
    },
  });
  return { time, dueAt, wishes };
}
async function newStore() {
  const store = await temporaryStore();
  stores.push(store);
  return store;
}
/** The stored document, seen by another process. */
const storedIn = async (store: TemporaryStore) => (await store.again()).collection(metHashes);
const classesIn = async (store: TemporaryStore) => (await (await storedIn(store)).get('met'))?.value.classes;

test.each([
  ['one check: 4 deviations of an eighth', [100], 150],
  ['a slower check counts for an eighth, and its deviation for a quarter', [100, 180], 227.5],
  ['a faster one too', [100, 60], 172.5],
])('A-208 how long wrong answers take, as RFC 6298 estimates it: %s', async (_case, checks, expected) => {
  const { time, dueAt, wishes } = nodeWithoutHashing((await newStore()).storage);
  await time.met('foreign hash');
  time.took('own hash', 1);
  time.took('?', 9_999);
  for (const ms of checks) time.took('foreign hash', ms);
  await time.due(7);
  expect(dueAt).toEqual([7 + expected]);
  expect(wishes).toEqual([]);
});

test('A-208 a hash type that was not yet checked here is rehearsed before all who wait, and measured without the queue', async () => {
  const { time, dueAt, wishes } = nodeWithoutHashing((await newStore()).storage, 200);
  await time.met('foreign hash');
  time.took('own hash', 1);
  await Promise.all([time.due(7), time.due(8)]);
  expect(dueAt).toEqual([307, 308]);
  expect(wishes).toEqual([true]);
});

test.each([
  [63, 'foreign hash', 64],
  [64, 'foreign hash', 64],
  [3, 'c1 hash', 3],
  [3, '? no hash that can be checked', 3],
])('A-208 of %i hash types in use, and one of %s: %i are stored', async (before, hash, after) => {
  const store = await newStore();
  const classes = Array.from({ length: before }, (_, index) => `c${index}`);
  await (await storedIn(store)).insert('met', { classes });
  await nodeWithoutHashing(store.storage).time.met(hash);
  expect(await classesIn(store)).toEqual(after === before ? classes : [...classes, 'foreign']);
});

test('A-208 two processes that meet two hash types at once store both', async () => {
  const store = await newStore();
  const elsewhere = nodeWithoutHashing(await store.again());
  /** The other process writes after this one has read. */
  const overtaken: Storage = {
    ...store.storage,
    collection(spec) {
      const documents = store.storage.collection(spec);
      return {
        ...documents,
        async get(id) {
          const stored = await documents.get(id);
          await elsewhere.time.met('other hash');
          return stored;
        },
      };
    },
  };
  await nodeWithoutHashing(overtaken).time.met('foreign hash');
  expect(await classesIn(store)).toEqual(['other', 'foreign']);
});

test('the timer waits until the instant, and not at all for one that has come', async () => {
  jest.useFakeTimers();
  try {
    jest.advanceTimersByTime(500);
    const resolved: string[] = [];
    const now = performance.now();
    for (const ms of [-1, 0, 1, 20]) void realPace.until(now + ms).then(() => resolved.push(`${ms} ms`));
    await Promise.resolve();
    expect(resolved).toEqual(['-1 ms', '0 ms']);
    await jest.advanceTimersByTimeAsync(19);
    expect(resolved).toEqual(['-1 ms', '0 ms', '1 ms']);
    await jest.advanceTimersByTimeAsync(1);
    expect(resolved).toEqual(['-1 ms', '0 ms', '1 ms', '20 ms']);
  } finally {
    jest.useRealTimers();
  }
});
