/**
 * How often a mailed code was tried, by its id: for codes of which it is not known whether an account has them. The
 * same for all, on every node. Called by `forgotten.ts`.
 */
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';

export const codeTries: CollectionSpec<{ readonly tries: number }> = { name: 'code-tries' };

/** More guesses than this are not compared: a new code can be asked for. */
const most = 5;

export interface CodeTries {
  /** One more try; `false`: there were too many. @param until when (ms) the count may be forgotten */
  count(id: string, until: number): Promise<boolean>;
}

export function createCodeTries(storage: Storage): CodeTries {
  const documents = storage.collection(codeTries);
  return {
    async count(id, until) {
      for (;;) {
        const stored = await documents.get(id);
        const { tries } = stored?.value ?? { tries: 0 };
        if (tries >= most) return false;
        const value = { tries: tries + 1 };
        const version = stored
          ? await documents.replace(id, value, stored.version, { until })
          : await documents.insert(id, value, { until });
        if (version !== undefined) return true;
      }
    },
  };
}
