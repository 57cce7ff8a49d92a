import type { Collection, CollectionSpec, Keep, Stored } from '../port.ts';
import type { CommitQueue } from './commit-queue.ts';
import { moveEntries, numbered } from './declare-collections.ts';
import type { Declaration, Key, Numbers } from './declare-collections.ts';
import type { Open } from './handle.ts';
import type { DocumentRow, PlaceRow } from './statements.ts';
import { tallyIndex } from './tally-index.ts';
import { unavailable } from './unavailable.ts';

/** What a collection is built on; every function of it rejects with `StorageUnavailable` when the store cannot answer. */
export interface Ground {
  readonly read: <T>(work: (open: Open, now: number) => T) => Promise<T>;
  readonly write: CommitQueue['write'];
  /** A version never given before, in this process or another. */
  readonly nextVersion: () => string;
}

const DEFAULT_LIMIT = 100;

export function embeddedCollection<T extends object>(declaration: Declaration, ground: Ground): Collection<T> {
  const { read, write, nextVersion } = ground;
  const numbersOf = (open: Open): Numbers => known(open.declared.get(declaration.name));
  const indexOf = (open: Open, index: string): number => known(numbersOf(open).indexes.get(index));
  const declared = (index: string): string => {
    if (declaration.indexes.includes(index)) return index;
    throw new TypeError(`The collection "${declaration.name}" declares no index "${index}".`);
  };

  return {
    get: async (id) => {
      if (!id.isWellFormed()) return undefined;
      const row = await read((open, now) => open.statements.get.get(numbersOf(open).collection, id, now));
      return row && stored<T>(row);
    },

    findBy: async (index, key, limit = DEFAULT_LIMIT) => {
      declared(index);
      atLeastOne(limit);
      if (!key.isWellFormed()) return [];
      const rows = await read((open, now) =>
        open.statements.find.all(numbersOf(open).collection, indexOf(open, index), key, now, limit),
      );
      return rows.map((row) => stored<T>(row));
    },

    insert: async (id, value, keep) => {
      const { body, keys, until } = written(declaration, wellFormed(id), value, keep);
      return write((open, now) => {
        const { statements } = open;
        const { collection } = numbersOf(open);
        const version = nextVersion();
        const places = numbered(keys, numbersOf(open));
        if (statements.insert.run(collection, id, version, until, places, body) === 1) {
          moveEntries(statements, id, null, places);
          return version;
        }
        const lapsed = statements.lapsed.get(collection, id, now);
        if (!lapsed) return undefined;
        statements.update.run(version, until, places, body, lapsed.seq);
        moveEntries(statements, id, lapsed.keys, places);
        return version;
      });
    },

    replace: async (id, value, version, keep) => {
      const { body, keys, until } = written(declaration, id, value, keep);
      if (!id.isWellFormed()) return undefined;
      return write((open, now) => {
        const { statements } = open;
        const numbers = numbersOf(open);
        const next = nextVersion();
        const places = numbered(keys, numbers);
        const refilled = statements.refill.run(next, until, body, numbers.collection, id, version, places, now);
        if (refilled === 1) return next;
        const standing = statements.standing.get(numbers.collection, id, now);
        if (standing?.version !== version) return undefined;
        statements.update.run(next, until, places, body, standing.seq);
        moveEntries(statements, id, standing.keys, places);
        return next;
      });
    },

    remove: async (id, version) => {
      if (!id.isWellFormed()) return false;
      return write((open, now) => {
        const standing = open.statements.standing.get(numbersOf(open).collection, id, now);
        if (!standing || (version !== undefined && standing.version !== version)) return false;
        takeAway(open, standing);
        return true;
      });
    },

    removeBy: async (index, key) => {
      declared(index);
      if (!key.isWellFormed()) return 0;
      return write((open, now) => {
        const { collection } = numbersOf(open);
        const carriers = open.statements.carriers.all(collection, indexOf(open, index), key, now);
        for (const carrier of carriers) takeAway(open, carrier);
        return carriers.length;
      });
    },

    page: async ({ after, limit }) => {
      atLeastOne(limit);
      const rows = await read((open, now) => {
        const { collection } = numbersOf(open);
        const { pageFirst, pageAfter } = open.statements;
        return after === undefined
          ? pageFirst.all(collection, now, limit + 1)
          : pageAfter.all(collection, after, now, limit + 1);
      });
      const items = rows.slice(0, limit).map((row) => stored<T>(row));
      const last = items.at(-1);
      return rows.length > limit && last ? { items, next: last.id } : { items };
    },

    count: () =>
      read((open, now) => {
        const { collection } = numbersOf(open);
        return open.statements.count.get(collection, now, collection)?.number ?? 0;
      }),

    tally: async (index) => {
      declared(index);
      return tallyIndex(read, (open) => ({ collection: numbersOf(open).collection, index: indexOf(open, index) }));
    },
  };
}

/** Removes a document and its entries, inside a transaction. */
export function takeAway({ statements }: Pick<Open, 'statements'>, { seq, id, keys }: PlaceRow): void {
  statements.delete.run(seq);
  moveEntries(statements, id, keys, null);
}

/** Reads a specification once, so that later changes to the object change nothing. Throws `TypeError` on a bad name. */
export function declarationOf<T extends object>(spec: CollectionSpec<T>): Declaration {
  if (!/^[a-z0-9-]+$/.test(spec.name)) throw new TypeError(`"${spec.name}" is no name for a collection.`);
  const indexes = Object.entries(spec.indexes ?? {});
  return {
    name: spec.name,
    indexes: indexes.map(([index]) => index),
    keysOf: (value) =>
      indexes.flatMap(([index, keyOf]) => {
        const found = keyOf(value as T);
        const keys = found === undefined ? [] : typeof found === 'string' ? [found] : [...new Set(found)];
        return keys.map((key): Key => [index, wellFormed(key)]);
      }),
  };
}

/** The document as it goes into the file, taken from the caller's object at once. */
function written(
  declaration: Declaration,
  id: string,
  value: object,
  keep: Keep | undefined,
): { body: string; keys: Key[]; until: number | null } {
  const body = JSON.stringify(value) as string | undefined;
  if (body === undefined) throw new TypeError(`The document "${declaration.name}/${id}" is no JSON.`);
  if (keep && !Number.isFinite(keep.until)) throw new RangeError('An expiry is a finite number of milliseconds.');
  return { body, keys: declaration.keysOf(value), until: keep ? keep.until : null };
}

function stored<T>({ id, version, until, body }: DocumentRow): Stored<T> {
  const document = { id, version, value: parsed(body) as T };
  return until === null ? document : { ...document, until };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw unavailable('corrupt', error);
  }
}

/** Two strings that are no well-formed Unicode could become one in the file. */
function wellFormed(text: string): string {
  if (text.isWellFormed()) return text;
  throw new TypeError('Ids and index keys are well-formed Unicode.');
}

function atLeastOne(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError('A limit is a whole number from 1.');
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A collection was used before it was declared in the file.');
  return value;
}
