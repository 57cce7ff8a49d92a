/**
 * The guarantees of `adapters/storage/port.ts` as a test. Every implementation calls `storageContract` once. There are
 * few documents and calls, so that a slow server is fast enough too.
 */
import { afterEach, beforeEach, describe } from '@jest/globals';
import { movableClock } from '../../time/clock.ts';
import type { Clock } from '../../time/clock.ts';
import { NOTES, START } from './storage-bench.ts';
import type { Bench, OpenedStorage } from './storage-bench.ts';
import { documentsContract } from './storage-documents.ts';
import { expiryContract } from './storage-expiry.ts';
import { indexesContract } from './storage-indexes.ts';
import { lifeContract } from './storage-life.ts';
import { tallyContract } from './storage-tally.ts';
import { pagingContract } from './storage-paging.ts';
import { racesContract } from './storage-races.ts';

export function storageContract(name: string, open: (clock: Clock) => Promise<OpenedStorage>): void {
  describe(`storage contract: ${name}`, () => {
    let bench: Bench | undefined;
    beforeEach(async () => {
      const clock = movableClock(START);
      const opened = await open(clock);
      bench = { ...opened, clock, notes: opened.storage.collection(NOTES) };
    });
    afterEach(async () => {
      await bench?.destroy();
      bench = undefined;
    });
    const current = (): Bench => {
      if (!bench) throw new Error('no store is open');
      return bench;
    };
    documentsContract(current);
    expiryContract(current);
    indexesContract(current);
    pagingContract(current);
    tallyContract(current);
    racesContract(current);
    lifeContract(current);
  });
}
