/** Limits the time of calls to MongoDB. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout } from 'node:timers/promises';
import { OutOfTime } from './unavailable.ts';

/**
 * Time limits of calls: of each call, and of all calls of one piece of work together. Instants are those of
 * `performance.now()`, ms.
 */
export interface TimeLimit {
  /** All calls inside `work` share the time of one; calls that `work` leaves running have their own time. */
  readonly within: <R>(work: () => Promise<R>) => Promise<R>;
  /** When a call that begins now must be answered. */
  readonly end: () => number;
}

interface Work {
  readonly end: number;
  isOver: boolean;
}

/** @param milliseconds for one call */
export function timeLimit(milliseconds: number): TimeLimit {
  const works = new AsyncLocalStorage<Work>();
  return {
    within: async (work) => {
      const current: Work = { end: performance.now() + milliseconds, isOver: false };
      try {
        return await works.run(current, work);
      } finally {
        current.isOver = true;
      }
    },
    end: () => {
      const own = performance.now() + milliseconds;
      const current = works.getStore();
      return current && !current.isOver ? Math.min(own, current.end) : own;
    },
  };
}

/** Rejects with `OutOfTime` at `end`; the running call continues without a listener. */
export async function before<R>(end: number, work: () => Promise<R>): Promise<R> {
  const left = end - performance.now();
  if (left <= 0) throw new OutOfTime();
  const bell = new AbortController();
  const late = setTimeout(left, undefined, { signal: bell.signal }).then(() => {
    throw new OutOfTime();
  });
  late.catch(() => undefined);
  const working = work();
  working.catch(() => undefined);
  try {
    return await Promise.race([working, late]);
  } finally {
    bell.abort();
  }
}

/** Waits between two attempts, ms: short at first, then longer, to spare a server in trouble. */
export const pauseBefore = (attempt: number): Promise<void> => setTimeout(Math.min(400, 20 * 2 ** attempt));
