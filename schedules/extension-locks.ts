/**
 * A lock for each factor, across all processes: an administrator who extends a last day needs the number of extensions,
 * and then writes one more. Between the two no other process may write an extension of the same factor; otherwise the
 * bound would not hold. The lock is a document that expires if its process is killed.
 */
import type { Collection, CollectionSpec } from '../adapters/storage/port.ts';
import type { FactorId } from '../factors/contract.ts';
import type { Clock } from '../time/clock.ts';
import { pause, systemScheduler, type Scheduler } from '../time/scheduler.ts';

interface Lock {
  /** ms */
  readonly at: number;
}

export const extensionLocks: CollectionSpec<Lock> = { name: 'extension-locks' };

/** Longer than any count takes (ms): after it the process counts as killed. */
const lockLasts = 120_000;
/** How long the next process waits (ms), in total and between two reads. */
const patience = { all: 15_000, look: 50 };

/** The result of `work`; `busy` if other processes had the lock all the time. */
export async function underLock<T>(
  {
    locks,
    clock,
    scheduler = systemScheduler,
  }: {
    readonly locks: Collection<Lock>;
    readonly clock: Clock;
    readonly scheduler?: Scheduler;
  },
  factor: FactorId,
  work: () => Promise<T>,
): Promise<T | 'busy'> {
  for (let waited = 0; waited <= patience.all; waited += patience.look) {
    const at = clock.now();
    const version = await locks.insert(factor, { at }, { until: at + lockLasts });
    if (version === undefined) {
      await pause(scheduler, patience.look);
      continue;
    }
    try {
      return await work();
    } finally {
      await locks.remove(factor, version);
    }
  }
  return 'busy';
}
