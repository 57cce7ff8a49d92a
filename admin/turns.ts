/**
 * Turns, across all processes: an administrator's change that is judged by a look at many documents, and then written,
 * runs alone among those of its kind. Otherwise two that look at one moment could each be right, and together wrong.
 * Within a process the next one waits in order; between processes the turn is a document, which expires if its process
 * is killed (docs/decisions/2026-12-01-one-change-after-the-other.md).
 */
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';
import type { Clock } from '../time/clock.ts';

interface Turn {
  /** ms */
  readonly at: number;
}

export const adminTurns: CollectionSpec<Turn> = { name: 'admin-turns' };

/** After it the process counts as killed, ms. */
const turnLasts = 120_000;
/** Before its end nothing is written any more, ms: longer than a write takes. */
const margin = 30_000;
/** How long one waits for another process (ms), in total and between two reads. */
const patience = { all: 15_000, look: 50 };

/** Whether the turn still stands: asked right before the write. */
export type Holds = () => boolean;

export interface Turns {
  /** The result of `work`; `busy`: other processes had the turn all the time. */
  take<T>(name: string, work: (holds: Holds) => Promise<T>): Promise<T | 'busy'>;
}

export function createTurns({ storage, clock }: { readonly storage: Storage; readonly clock: Clock }): Turns {
  const turns = storage.collection(adminTurns);
  const last = new Map<string, Promise<unknown>>();

  async function take<T>(name: string, work: (holds: Holds) => Promise<T>): Promise<T | 'busy'> {
    for (let waited = 0; waited <= patience.all; waited += patience.look) {
      const at = clock.now();
      const version = await turns.insert(name, { at }, { until: at + turnLasts });
      if (version === undefined) {
        await pause(patience.look);
        continue;
      }
      try {
        return await work(() => clock.now() < at + turnLasts - margin);
      } finally {
        await turns.remove(name, version);
      }
    }
    return 'busy';
  }

  return {
    take(name, work) {
      const mine = (last.get(name) ?? Promise.resolve()).then(() => take(name, work));
      last.set(
        name,
        mine.catch(() => undefined),
      );
      return mine;
    },
  };
}

/** A command that waits must not end meanwhile: this timer keeps its process alive. */
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
