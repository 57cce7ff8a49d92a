/**
 * The queue before the threads that hash: so many at once, the others wait, and who is known to belong here waits before strangers do. `argon2.ts` runs
 * every hash through it.
 */

/** More are waiting than could be served in reasonable time: the caller answers 503. */
export class HashQueueFull extends Error {
  override readonly name = 'HashQueueFull';
  /** Service Unavailable (RFC 9110 §15.6.4). */
  readonly status = 503;
}

export interface HashQueue {
  /** @param first before everybody who waits without it; strangers who fill the queue leave room for as many again */
  run<T>(work: () => Promise<T>, first?: boolean): Promise<T>;
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
  const [known, strangers]: [(() => void)[], (() => void)[]] = [[], []];
  return {
    async run(work, first = false) {
      if (running >= atOnce) {
        const lane = first ? known : strangers;
        if (lane.length >= waitingAtMost) throw new HashQueueFull('Too many passwords are waiting to be checked.');
        await new Promise<void>((resolve) => lane.push(resolve));
      } else {
        running += 1;
      }
      try {
        return await work();
      } finally {
        const next = known.shift() ?? strangers.shift();
        if (next) next();
        else running -= 1;
      }
    },
  };
}
