/**
 * Remembers the ids that entered the log since a moment, in bounded memory, and knows which ids cannot be in the log
 * unless they are remembered: those that this process made after that moment. That saves a store read for nearly every
 * line.
 */
export interface RecentIds {
  /** Forgets all ids: from now on `add` is called for everything that enters the log. */
  begin(): void;
  add(ids: readonly string[]): void;
  has(id: string): boolean;
  /** True: if it were in the log, `has` would say so. */
  knowsAllSince(id: string): boolean;
}

/** @param capacity ids of one generation; two are kept */
export function createRecentIds({
  made,
  ordinal,
  capacity = 10_000,
}: {
  readonly made: () => number;
  readonly ordinal: (id: string) => number | undefined;
  readonly capacity?: number;
}): RecentIds {
  let older = new Set<string>();
  let newer = new Set<string>();
  /** How many ids had been made when `newer` began; it and its successors are complete for later ids. */
  let newerBegan = made();
  /** The same for the older generation: every id with a higher ordinal is remembered if it is in the log. */
  let knownSince = newerBegan;

  return {
    begin() {
      older = new Set();
      newer = new Set();
      newerBegan = made();
      knownSince = newerBegan;
    },
    add(ids) {
      for (const id of ids) newer.add(id);
      if (newer.size < capacity) return;
      older = newer;
      newer = new Set();
      knownSince = newerBegan;
      newerBegan = made();
    },
    has: (id) => newer.has(id) || older.has(id),
    knowsAllSince: (id) => (ordinal(id) ?? 0) > knownSince,
  };
}
