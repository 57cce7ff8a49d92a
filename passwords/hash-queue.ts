/**
 * The queue before the threads that hash: a limited number runs at once, and known people are served before strangers.
 * `argon2.ts` runs every hash through it.
 */
import type { HashPlace, HashWish } from '../factors/contract.ts';

/** The queue is too long to be served in reasonable time: the caller answers 503. */
export class HashQueueFull extends Error {
  override readonly name = 'HashQueueFull';
  /** Service Unavailable (RFC 9110 §15.6.4). */
  readonly status = 503;
}

export interface HashQueue {
  /** Runs when its turn comes. Throws `HashQueueFull`, except with a reserved place. */
  run<T>(work: () => Promise<T>, wish?: Pick<HashWish, 'first' | 'place'>): Promise<T>;
  /** Reserves a place for one `run` with the same `first`. Throws `HashQueueFull`. */
  keep(first?: boolean): HashPlace;
}

interface Lane {
  readonly waiting: (() => void)[];
  kept: number;
}

/** @param waitingAtMost how many of each sort may wait; further ones are refused with HashQueueFull */
export function createHashQueue({
  atOnce,
  waitingAtMost,
}: {
  readonly atOnce: number;
  readonly waitingAtMost: number;
}): HashQueue {
  let running = 0;
  const known: Lane = { waiting: [], kept: 0 };
  const strangers: Lane = { waiting: [], kept: 0 };
  const laneFor = (first: boolean): Lane => {
    const lane = first ? known : strangers;
    const room = Math.max(0, atOnce - running) + waitingAtMost - lane.waiting.length - lane.kept;
    if (room <= 0) throw new HashQueueFull('Too many passwords are waiting to be checked.');
    return lane;
  };
  return {
    keep(first = false) {
      const lane = laneFor(first);
      lane.kept += 1;
      let isKept = true;
      return {
        leave() {
          if (isKept) lane.kept -= 1;
          isKept = false;
        },
      };
    },
    async run(work, { first = false, place } = {}) {
      place?.leave();
      const { waiting } = place ? (first ? known : strangers) : laneFor(first);
      if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
      else running += 1;
      try {
        return await work();
      } finally {
        const next = known.waiting.shift() ?? strangers.waiting.shift();
        if (next) next();
        else running -= 1;
      }
    },
  };
}
