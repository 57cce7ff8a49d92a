/**
 * One form can reach two nodes at one instant, as with a double click behind a balancer. The node that first inserts
 * the lock document does the work. Used for steps that send messages or write a key; a step that only counts a try is
 * not worth two more calls to the store.
 */
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Collection, CollectionSpec, Storage } from '../adapters/storage/port.ts';

export const dedupeDocuments: CollectionSpec<object> = { name: 'answers' };

export interface DedupeAcrossNodes {
  /**
   * Does `work`; or waits until another node has done it, and returns `otherwise`.
   * @param what identifies one form
   */
  once<T>(what: readonly unknown[], work: () => Promise<T>, otherwise: () => T): Promise<T>;
}

/** A killed node blocks another try for at most this long, ms. */
const lockedFor = 10_000;
const lookEvery = 50;
const looks = 100;

export function createDedupeAcrossNodes({
  storage,
  clock,
}: {
  readonly storage: Storage;
  readonly clock: { now(): number };
}): DedupeAcrossNodes {
  const locks: Collection<object> = storage.collection(dedupeDocuments);
  return {
    async once(what, work, otherwise) {
      const id = createHash('sha256').update(JSON.stringify(what)).digest('base64url');
      const lock = await locks.insert(id, {}, { until: clock.now() + lockedFor });
      if (lock === undefined) {
        for (let look = 0; look < looks && (await locks.get(id)) !== undefined; look += 1) await setTimeout(lookEvery);
        return otherwise();
      }
      try {
        return await work();
      } finally {
        // If it cannot be removed, the lock document expires.
        await locks.remove(id, lock).catch(() => false);
      }
    },
  };
}
