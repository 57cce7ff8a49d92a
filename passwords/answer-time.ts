/**
 * Makes all wrong passwords take the same time: each waits, by a timer, until the slowest hash type in use would have
 * answered. One small document lists the types in use; it is updated when a hash is imported or compared. The time of
 * each type is measured here. `passwords.ts` calls it after every comparison.
 * docs/decisions/2026-11-29-one-time-for-wrong-passwords.md
 */
import type { Collection, CollectionSpec, Storage } from '../adapters/storage/port.ts';
import type { SlowHash } from '../factors/contract.ts';

export interface Pace {
  /** ms, of a clock that is never set. */
  now(): number;
  /** Resolves at that instant, or at once if it has passed. */
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
  /** A hash was imported or compared: from now on every wrong answer takes as long as one to it. */
  met(hash: string): Promise<void>;
  /** Checking `hash` took this long (ms), without the queue. */
  took(hash: string, ms: number): void;
  /** Resolves when the answer to a comparison that began at `began` may be sent. */
  due(began: number): Promise<void>;
}

interface Met {
  readonly classes: readonly string[];
}
export const metHashes: CollectionSpec<Met> = { name: 'password-hashes' };

const id = 'met';
const classesKept = 64;

/** Mean and mean deviation, as of a retransmission timer (RFC 6298 §2). */
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
/** Nearly all checks are done by then. */
const bound = ({ mean, deviation }: Estimate): number => mean + 4 * deviation;

export interface AnswerTimeParts {
  readonly storage: Storage;
  readonly hash: SlowHash;
  readonly pace: Pace;
  /** The class of the hashes that are made here: known without the store. */
  readonly ownClass: string;
}

interface Context {
  readonly documents: Collection<Met>;
  readonly hash: SlowHash;
  readonly pace: Pace;
  /** Cost classes of the hashes in use. */
  readonly known: Set<string>;
  readonly estimates: Map<string, Estimate>;
  readonly rehearsals: Map<string, Promise<void>>;
}

export function createAnswerTime({ storage, hash, pace, ownClass }: AnswerTimeParts): AnswerTime {
  const context: Context = {
    documents: storage.collection(metHashes),
    hash,
    pace,
    known: new Set([ownClass]),
    estimates: new Map(),
    rehearsals: new Map(),
  };
  return {
    async met(met) {
      const costClass = hash.costClass?.(met);
      if (costClass === undefined || context.known.has(costClass)) return;
      await write(context, costClass);
      context.known.add(costClass);
    },
    took(of, ms) {
      const costClass = hash.costClass?.(of);
      if (costClass !== undefined) refine(context, costClass, ms);
    },
    due: (began) => due(context, began),
  };
}

function refine({ estimates }: Context, costClass: string, ms: number): void {
  estimates.set(costClass, refined(estimates.get(costClass), ms));
}

async function rehearse(context: Context, costClass: string): Promise<void> {
  const { hash, pace, estimates } = context;
  let began = pace.now();
  await hash.rehearse?.(costClass, { first: true, started: () => (began = pace.now()) });
  if (!estimates.has(costClass)) refine(context, costClass, pace.now() - began);
}

function measured(context: Context, costClass: string): Promise<void> {
  const { estimates, rehearsals } = context;
  if (estimates.has(costClass)) return Promise.resolve();
  const running = rehearsals.get(costClass) ?? rehearse(context, costClass).finally(() => rehearsals.delete(costClass));
  rehearsals.set(costClass, running);
  return running;
}

/**
 * Before every wrong answer: a type is announced before the first account with it, so a process that has not read it
 * cannot have compared one.
 */
async function read({ documents, known }: Context): Promise<void> {
  for (const costClass of (await documents.get(id))?.value.classes ?? []) known.add(costClass);
}

async function write({ documents, known }: Context, costClass: string): Promise<void> {
  for (;;) {
    const stored = await documents.get(id);
    const classes = stored?.value.classes ?? [];
    for (const other of classes) known.add(other);
    if (classes.includes(costClass) || classes.length >= classesKept) return;
    const value = { classes: [...classes, costClass] };
    const written = stored ? await documents.replace(id, value, stored.version) : await documents.insert(id, value);
    if (written !== undefined) return;
  }
}

async function due(context: Context, began: number): Promise<void> {
  const { known, estimates, pace } = context;
  await read(context);
  // If all hashes are of one type, the times are equal already.
  if (known.size < 2) return;
  await Promise.all([...known].map((costClass) => measured(context, costClass)));
  const slowest = Math.max(...[...known].map((costClass) => bound(estimates.get(costClass) ?? refined(undefined, 0))));
  await pace.until(began + slowest);
}
