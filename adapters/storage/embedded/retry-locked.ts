import { setTimeout } from 'node:timers/promises';
import { StorageUnavailable } from '../port.ts';

const PAUSE = 5;

/**
 * Runs `work` again while another process holds the lock, until `patience` ms have passed since `since` (as `performance.now()` tells it), once at
 * least; the event loop runs on between the attempts. Rejects with what `work` threw last.
 */
export async function patiently<T>(work: () => T, patience: number, since = performance.now()): Promise<T> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      const isOver = performance.now() - since >= patience;
      if (!(error instanceof StorageUnavailable) || error.reason !== 'locked' || isOver) throw error;
    }
    await setTimeout(PAUSE);
  }
}
