/** Waits for a file that another process has locked, for a limited time. */
import { setTimeout } from 'node:timers/promises';
import { StorageUnavailable } from '../port.ts';

const PAUSE = 5;

/**
 * Runs `work` again while another process holds the lock, until `patience` ms after `since` (a time of
 * `performance.now()`), at least once; the event loop continues between the attempts. Rejects with the last error of
 * `work`.
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
