/**
 * Remembers the ids of what stands in the trail since a moment, in bounded memory, and knows which ids cannot stand there without being remembered:
 * those that this process made after that moment. That spares a look into the store for nearly every line.
 */
export interface RecentIds {
  /** Forgets all: from this moment on everything that enters the trail is told by `add`. */
  begin(): void;
  add(ids: readonly string[]): void;
  has(id: string): boolean;
  /** True: were it in the trail, `has` would say so. */
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
  /** How many ids had been made when `newer` was begun; what it and its successors hold is complete for ids made later. */
  let newerBegan = made();
  /** The same for the older one: all ids with a higher ordinal are remembered if they are in the trail. */
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
