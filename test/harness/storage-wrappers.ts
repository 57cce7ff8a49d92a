// Around any storage: count its calls, or delay them, without its knowing.
import { setTimeout } from 'node:timers/promises';
import type { Collection, CollectionSpec, Storage } from '../../adapters/storage/port.ts';

export interface Calls {
  readonly total: number;
  /** Calls by collection and function, e.g. `people.get`; those of the storage itself under `storage.`. */
  readonly by: Readonly<Record<string, number>>;
}

export interface Counting extends Storage {
  /** What was called since the start or the last `reset`. `foreignWrites` is no call: it asks no server. */
  calls(): Calls;
  reset(): void;
}

/** Counts what goes to a storage. */
export function counting(storage: Storage): Counting {
  let by: Record<string, number> = {};
  const wrapped = around(storage, async (name, call) => {
    by[name] = (by[name] ?? 0) + 1;
    return call();
  });
  return Object.assign(wrapped, {
    calls: () => ({ total: Object.values(by).reduce((sum, count) => sum + count, 0), by: { ...by } }),
    reset: () => {
      by = {};
    },
  });
}

export interface Latency {
  /** Added to every call, in ms: between `min` and `max`, part of it before the call and the rest after. */
  readonly min: number;
  readonly max: number;
  /** The same seed gives the same delays to the same order of calls. */
  readonly seed: number;
}

/** Makes a storage as slow as one across a network; delays differ per call, so that calls overtake one another. */
export function withLatency(storage: Storage, { min, max, seed }: Latency): Storage {
  const draw = seeded(seed);
  return around(storage, async (_name, call) => {
    const delay = min + draw() * (max - min);
    const before = delay * draw();
    await setTimeout(before);
    try {
      return await call();
    } finally {
      await setTimeout(delay - before);
    }
  });
}

/** Does `work` before each call of this function (`replace`) reaches the storage: another writer is faster. */
export function overtaken(storage: Storage, call: string, work: () => Promise<unknown>): Storage {
  return around(storage, async (name, reach) => {
    if (name.endsWith(`.${call}`)) await work();
    return reach();
  });
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Around = <R>(name: string, call: () => Promise<R>) => Promise<R>;

function around(storage: Storage, wrap: Around): Storage {
  const wrapped: Storage = {
    collection: <T extends object>(spec: CollectionSpec<T>) =>
      collectionAround(storage.collection(spec), spec.name, wrap),
    ping: () => wrap('storage.ping', () => storage.ping()),
    sweep: (limit) => wrap('storage.sweep', () => storage.sweep(limit)),
    close: () => storage.close(),
  };
  return {
    ...wrapped,
    ...(storage.prepare && { prepare: async () => storage.prepare?.() }),
    ...(storage.within && { within: (work) => storage.within?.(work) ?? work() }),
    ...(storage.foreignWrites && { foreignWrites: () => storage.foreignWrites?.() ?? 0 }),
    ...(storage.time && { time: async () => storage.time?.() }),
  };
}

function collectionAround<T extends object>(inner: Collection<T>, name: string, wrap: Around): Collection<T> {
  return {
    get: (...args) => wrap(`${name}.get`, () => inner.get(...args)),
    findBy: (...args) => wrap(`${name}.findBy`, () => inner.findBy(...args)),
    insert: (...args) => wrap(`${name}.insert`, () => inner.insert(...args)),
    replace: (...args) => wrap(`${name}.replace`, () => inner.replace(...args)),
    remove: (...args) => wrap(`${name}.remove`, () => inner.remove(...args)),
    removeBy: (...args) => wrap(`${name}.removeBy`, () => inner.removeBy(...args)),
    tally: (...args) => wrap(`${name}.tally`, () => inner.tally(...args)),
    page: (...args) => wrap(`${name}.page`, () => inner.page(...args)),
    count: (...args) => wrap(`${name}.count`, () => inner.count(...args)),
  };
}
