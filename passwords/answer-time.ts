/**
 * One time for all wrong passwords: each waits until the slowest kind of hash in use would have answered, by a timer and not in a thread. Which kinds are in
 * use stands in one small document, learned where a hash is taken in or met; how long each takes is measured here. `passwords.ts` asks after every comparison.
 * docs/decisions/2026-11-29-one-time-for-wrong-passwords.md
 */
import type { Collection, CollectionSpec, Storage } from '../adapters/storage/port.ts';
import type { SlowHash } from '../factors/contract.ts';

export interface Pace {
  /** ms, of a clock that is never set. */
  now(): number;
  /** Resolves at that instant, or at once when it is over. */
  until(instant: number): Promise<void>;
}

export const realPace: Pace = {
  now: () => performance.now(),
  until: (instant) =>
    new Promise((resolve) => {
      const wait = instant - performance.now();
      if (wait > 0) setTimeout(resolve, wait);
      else resolve();
    }),
};

export interface AnswerTime {
  /** A hash was taken in, or met: from now on every wrong answer takes as long as one to it. */
  met(hash: string): Promise<void>;
  /** Checking `hash` took so long (ms), the queue not counted. */
  took(hash: string, ms: number): void;
  /** Resolves when the answer to a comparison that began at `began` may be given. */
  due(began: number): Promise<void>;
}

interface Met {
  readonly classes: readonly string[];
}
export const metHashes: CollectionSpec<Met> = { name: 'password-hashes' };

const id = 'met';
const classesKept = 64;
/** How long (ms) a node goes by what it has read. */
const readEvery = 60_000;

/** Mean and mean deviation, as a retransmission timer keeps them (RFC 6298 §2). */
interface Estimate {
  readonly mean: number;
  readonly deviation: number;
}
const refined = (before: Estimate | undefined, ms: number): Estimate =>
  before === undefined
    ? { mean: ms, deviation: ms / 8 }
    : {
        mean: before.mean + (ms - before.mean) / 8,
        deviation: before.deviation + (Math.abs(ms - before.mean) - before.deviation) / 4,
      };
/** Nearly all are done by then. */
const bound = ({ mean, deviation }: Estimate): number => mean + 4 * deviation;

export function createAnswerTime({
  storage,
  hash,
  pace,
  ownClass,
}: {
  readonly storage: Storage;
  readonly hash: SlowHash;
  readonly pace: Pace;
  /** That of the hashes that are made here: known without the store. */
  readonly ownClass: string;
}): AnswerTime {
  const documents: Collection<Met> = storage.collection(metHashes);
  const known = new Set<string>([ownClass]);
  const estimates = new Map<string, Estimate>();
  const rehearsals = new Map<string, Promise<void>>();
  let readAt: number | undefined;

  const took = (costClass: string, ms: number): void =>
    void estimates.set(costClass, refined(estimates.get(costClass), ms));

  const rehearse = async (costClass: string): Promise<void> => {
    let began = pace.now();
    await hash.rehearse?.(costClass, { first: true, started: () => (began = pace.now()) });
    if (!estimates.has(costClass)) took(costClass, pace.now() - began);
  };
  const measured = (costClass: string): Promise<void> => {
    if (estimates.has(costClass)) return Promise.resolve();
    const running = rehearsals.get(costClass) ?? rehearse(costClass).finally(() => rehearsals.delete(costClass));
    rehearsals.set(costClass, running);
    return running;
  };

  const read = async (): Promise<void> => {
    if (readAt !== undefined && pace.now() - readAt < readEvery) return;
    readAt = pace.now();
    for (const costClass of (await documents.get(id))?.value.classes ?? []) known.add(costClass);
  };

  const write = async (costClass: string): Promise<void> => {
    for (;;) {
      const stored = await documents.get(id);
      const classes = stored?.value.classes ?? [];
      for (const other of classes) known.add(other);
      if (classes.includes(costClass) || classes.length >= classesKept) return;
      const value = { classes: [...classes, costClass] };
      const written = stored ? await documents.replace(id, value, stored.version) : await documents.insert(id, value);
      if (written !== undefined) return;
    }
  };

  return {
    async met(met) {
      const costClass = hash.costClass?.(met);
      if (costClass === undefined || known.has(costClass)) return;
      await write(costClass);
      known.add(costClass);
    },
    took(of, ms) {
      const costClass = hash.costClass?.(of);
      if (costClass !== undefined) took(costClass, ms);
    },
    async due(began) {
      await read();
      // Where all hashes are of one kind there is nothing to make even.
      if (known.size < 2) return;
      await Promise.all([...known].map(measured));
      const slowest = Math.max(
        ...[...known].map((costClass) => bound(estimates.get(costClass) ?? refined(undefined, 0))),
      );
      await pace.until(began + slowest);
    },
  };
}
