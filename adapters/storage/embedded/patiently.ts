import { setTimeout } from 'node:timers/promises';
import { StorageUnavailable } from '../port.ts';
import { BUSY_TIMEOUT } from './open-database.ts';

const PAUSE = 5;

/**
 * Runs `work` again while another process holds the lock, for about `patience` ms; the event loop runs on between the attempts.
 * Rejects with what `work` threw last.
 */
export async function patiently<T>(work: () => T, patience: number): Promise<T> {
  for (let waited = 0; ; waited += BUSY_TIMEOUT + PAUSE) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof StorageUnavailable) || error.reason !== 'locked' || waited >= patience) throw error;
    }
    await setTimeout(PAUSE);
  }
}
