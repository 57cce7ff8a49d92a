/**
 * The same form that reaches two nodes at one instant, as a double click behind a balancer sends it, does its work on one of them: the one that claims it
 * first. For steps that send messages or write a key; where nothing but a try is counted it is not worth two more calls to the store.
 */
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Collection, CollectionSpec, Storage } from '../adapters/storage/port.ts';

export const dedupeDocuments: CollectionSpec<object> = { name: 'answers' };

export interface DedupeAcrossNodes {
  /** Does `work`, or waits until it was done elsewhere and gives `otherwise`. @param what one answer, apart from all others */
  once<T>(what: readonly unknown[], work: () => Promise<T>, otherwise: () => T): Promise<T>;
}

/** A node that was killed in the middle keeps nobody from trying again for longer, ms. */
const claimedFor = 10_000;
const lookEvery = 50;
const looks = 100;

export function createDedupeAcrossNodes({
  storage,
  clock,
}: {
  readonly storage: Storage;
  readonly clock: { now(): number };
}): DedupeAcrossNodes {
  const claims: Collection<object> = storage.collection(dedupeDocuments);
  return {
    async once(what, work, otherwise) {
      const id = createHash('sha256').update(JSON.stringify(what)).digest('base64url');
      const claim = await claims.insert(id, {}, { until: clock.now() + claimedFor });
      if (claim === undefined) {
        for (let look = 0; look < looks && (await claims.get(id)) !== undefined; look += 1) await setTimeout(lookEvery);
        return otherwise();
      }
      try {
        return await work();
      } finally {
        // Left behind, it expires.
        await claims.remove(id, claim).catch(() => false);
      }
    },
  };
}
