/** Counts tries at unknown names in the same way as at known ones. Called by `check-password.ts`. */
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import { countTry, sourceKept, type Sources, type Standing } from './source-limits.ts';

export const unknownNames: CollectionSpec<{ readonly sources: Sources }> = { name: 'unknown-names' };

export interface UnknownNames {
  /**
   * One more try; `undefined`: counted, otherwise the instant (ms) until which it must wait. @param id digest of the
   * name
   */
  count(id: string, source: string, now: number, standing: Standing): Promise<number | undefined>;
}

export function createUnknownNames(storage: Storage, limits: AttemptLimits): UnknownNames {
  const documents = storage.collection(unknownNames);
  return {
    async count(id, source, now, standing) {
      for (;;) {
        const stored = await documents.get(id);
        const counted = countTry(stored?.value.sources ?? {}, source, now, limits, standing);
        if (!counted.ok) return counted.until;
        const value = { sources: counted.sources };
        const keep = { until: now + sourceKept };
        const version = stored
          ? await documents.replace(id, value, stored.version, keep)
          : await documents.insert(id, value, keep);
        if (version !== undefined) return undefined;
      }
    },
  };
}
