/**
 * Locks of changes, across all processes: an administrator's change that is judged by a look at many documents, and then
 * written, runs alone among those of its kind. Otherwise two that look at one moment could each be right, and together
 * wrong. Within a process the next one waits in order; between processes the lock is a document, which expires if its
 * process is killed (docs/decisions/2026-12-01-one-change-after-the-other.md).
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';
import type { Clock } from '../time/clock.ts';

interface LockDocument {
  /** ms */
  readonly at: number;
}

export const changeLockDocuments: CollectionSpec<LockDocument> = { name: 'change-locks' };

/** After it the process counts as killed, ms. */
const lockLasts = 120_000;
/** Before its end nothing is written any more, ms: longer than a write takes. */
const margin = 30_000;
/** How long one waits for another process (ms), in total and between two reads. */
const patience = { all: 15_000, look: 50 };

/** Whether the lock is still held: asked right before the write. */
export type IsHeld = () => boolean;

export interface ChangeLocks {
  /** The result of `work`; `busy`: other processes had the lock all the time. */
  hold<T>(name: string, work: (isHeld: IsHeld) => Promise<T>): Promise<T | 'busy'>;
}

export function createChangeLocks({
  storage,
  clock,
}: {
  readonly storage: Storage;
  readonly clock: Clock;
}): ChangeLocks {
  const locks = storage.collection(changeLockDocuments);
  const last = new Map<string, Promise<unknown>>();

  async function hold<T>(name: string, work: (isHeld: IsHeld) => Promise<T>): Promise<T | 'busy'> {
    for (let waited = 0; waited <= patience.all; waited += patience.look) {
      const at = clock.now();
      const version = await locks.insert(name, { at }, { until: at + lockLasts });
      if (version === undefined) {
        // Not by a scheduler, whose timers let a command end that has nothing else to do.
        await pause(patience.look);
        continue;
      }
      try {
        return await work(() => clock.now() < at + lockLasts - margin);
      } finally {
        await locks.remove(name, version);
      }
    }
    return 'busy';
  }

  return {
    hold(name, work) {
      const mine = (last.get(name) ?? Promise.resolve()).then(() => hold(name, work));
      last.set(
        name,
        mine.catch(() => undefined),
      );
      return mine;
    },
  };
}
