/**
 * Caches the last seen version of documents, so that a conditional write needs no read before it. Bounded: the oldest
 * entry is removed first.
 */
export interface Memo<T> {
  get(id: string): T | undefined;
  set(id: string, seen: T): void;
  delete(id: string): void;
}

/** A stale entry costs one lost write and a read, never a wrong answer: every write names its base version. */
export function createMemo<T>(limit: number): Memo<T> {
  const entries = new Map<string, T>();
  return {
    get: (id) => entries.get(id),
    set(id, seen) {
      entries.delete(id);
      entries.set(id, seen);
      if (entries.size > limit) entries.delete(entries.keys().next().value as string);
    },
    delete(id) {
      entries.delete(id);
    },
  };
}
