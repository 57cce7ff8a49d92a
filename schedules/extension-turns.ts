/**
 * One after the other, over all processes: whoever puts a last day off counts how many people have an extension, and then writes one more. Between the two
 * nobody else may write one of the same factor, or the bound would not hold. A turn is a document that ends by itself where a process dies.
 */
import type { Collection, CollectionSpec } from '../adapters/storage/port.ts';
import type { FactorId } from '../factors/contract.ts';
import type { Clock } from '../time/clock.ts';
import { pause, systemScheduler, type Scheduler } from '../time/scheduler.ts';

interface Turn {
  /** ms */
  readonly at: number;
}

export const extensionTurns: CollectionSpec<Turn> = { name: 'extension-turns' };

/** Longer than any count takes (ms): after it a process is taken for dead. */
const turnLasts = 120_000;
/** How long the next one waits (ms), in all and between two looks. */
const patience = { all: 15_000, look: 50 };

/** What `work` gives; `busy` when others had the turn all the time. */
export async function inTurn<T>(
  {
    turns,
    clock,
    scheduler = systemScheduler,
  }: {
    readonly turns: Collection<Turn>;
    readonly clock: Clock;
    readonly scheduler?: Scheduler;
  },
  factor: FactorId,
  work: () => Promise<T>,
): Promise<T | 'busy'> {
  for (let waited = 0; waited <= patience.all; waited += patience.look) {
    const at = clock.now();
    const version = await turns.insert(factor, { at }, { until: at + turnLasts });
    if (version === undefined) {
      await pause(scheduler, patience.look);
      continue;
    }
    try {
      return await work();
    } finally {
      await turns.remove(factor, version);
    }
  }
  return 'busy';
}
