/** The functions of a collection over the statements of the embedded store. */
import type { Collection, CollectionSpec, Id, Keep, Page, PageOptions, Stored, Tally, Version } from '../port.ts';
import type { CommitQueue } from './commit-queue.ts';
import { moveEntries, numbered } from './declare-collections.ts';
import type { Declaration, Key, Numbers } from './declare-collections.ts';
import type { Open } from './handle.ts';
import type { DocumentRow, PlaceRow } from './statements.ts';
import { tallyIndex } from './tally-index.ts';
import { unavailable } from './unavailable.ts';

/** The parts of a collection; all its functions reject with `StorageUnavailable` if the store cannot answer. */
export interface Ground {
  readonly read: <T>(work: (open: Open, now: number) => T) => Promise<T>;
  readonly write: CommitQueue['write'];
  /** A version that was never used before, in this process or another. */
  readonly nextVersion: () => string;
}

const DEFAULT_LIMIT = 100;

interface Context extends Ground {
  readonly declaration: Declaration;
}

export function embeddedCollection<T extends object>(declaration: Declaration, ground: Ground): Collection<T> {
  const context: Context = { ...ground, declaration };
  return {
    get: (id) => get<T>(context, id),
    findBy: (index, key, limit = DEFAULT_LIMIT) => findBy<T>(context, index, key, limit),
    insert: (id, value, keep) => insert(context, id, value, keep),
    replace: (id, value, version, keep) => replace(context, id, value, version, keep),
    remove: (id, version) => remove(context, id, version),
    removeBy: (index, key) => removeBy(context, index, key),
    page: (options) => page<T>(context, options),
    count: () => count(context),
    tally: (index) => tally(context, index),
  };
}

const numbersOf = ({ declaration }: Context, open: Open): Numbers => known(open.declared.get(declaration.name));

const indexOf = (context: Context, open: Open, index: string): number =>
  known(numbersOf(context, open).indexes.get(index));

function assertDeclared({ declaration }: Context, index: string): void {
  if (!declaration.indexes.includes(index))
    throw new TypeError(`The collection "${declaration.name}" declares no index "${index}".`);
}

async function get<T>(context: Context, id: Id): Promise<Stored<T> | undefined> {
  if (!id.isWellFormed()) return undefined;
  const row = await context.read((open, now) => open.statements.get.get(numbersOf(context, open).collection, id, now));
  return row && stored<T>(row);
}

async function findBy<T>(context: Context, index: string, key: string, limit: number): Promise<Stored<T>[]> {
  assertDeclared(context, index);
  atLeastOne(limit);
  if (!key.isWellFormed()) return [];
  const rows = await context.read((open, now) =>
    open.statements.find.all(numbersOf(context, open).collection, indexOf(context, open, index), key, now, limit),
  );
  return rows.map((row) => stored<T>(row));
}

async function insert(context: Context, id: Id, value: object, keep?: Keep): Promise<Version | undefined> {
  const { body, keys, until } = written(context.declaration, wellFormed(id), value, keep);
  return context.write((open, now) => {
    const { statements } = open;
    const numbers = numbersOf(context, open);
    const { collection } = numbers;
    const version = context.nextVersion();
    const places = numbered(keys, numbers);
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
}

async function replace(
  context: Context,
  id: Id,
  value: object,
  version: Version,
  keep?: Keep,
): Promise<Version | undefined> {
  const { body, keys, until } = written(context.declaration, id, value, keep);
  if (!id.isWellFormed()) return undefined;
  return context.write((open, now) => {
    const { statements } = open;
    const numbers = numbersOf(context, open);
    const next = context.nextVersion();
    const places = numbered(keys, numbers);
    const refilled = statements.refill.run(next, until, body, numbers.collection, id, version, places, now);
    if (refilled === 1) return next;
    const standing = statements.standing.get(numbers.collection, id, now);
    if (standing?.version !== version) return undefined;
    statements.update.run(next, until, places, body, standing.seq);
    moveEntries(statements, id, standing.keys, places);
    return next;
  });
}

async function remove(context: Context, id: Id, version?: Version): Promise<boolean> {
  if (!id.isWellFormed()) return false;
  return context.write((open, now) => {
    const standing = open.statements.standing.get(numbersOf(context, open).collection, id, now);
    if (!standing || (version !== undefined && standing.version !== version)) return false;
    takeAway(open, standing);
    return true;
  });
}

async function removeBy(context: Context, index: string, key: string): Promise<number> {
  assertDeclared(context, index);
  if (!key.isWellFormed()) return 0;
  return context.write((open, now) => {
    const { collection } = numbersOf(context, open);
    const carriers = open.statements.carriers.all(collection, indexOf(context, open, index), key, now);
    for (const carrier of carriers) takeAway(open, carrier);
    return carriers.length;
  });
}

async function page<T>(context: Context, { after, limit }: PageOptions): Promise<Page<T>> {
  atLeastOne(limit);
  const rows = await context.read((open, now) => {
    const { collection } = numbersOf(context, open);
    const { pageFirst, pageAfter } = open.statements;
    return after === undefined
      ? pageFirst.all(collection, now, limit + 1)
      : pageAfter.all(collection, after, now, limit + 1);
  });
  const items = rows.slice(0, limit).map((row) => stored<T>(row));
  const last = items.at(-1);
  return rows.length > limit && last ? { items, next: last.id } : { items };
}

const count = (context: Context): Promise<number> =>
  context.read((open, now) => {
    const { collection } = numbersOf(context, open);
    return open.statements.count.get(collection, now, collection)?.number ?? 0;
  });

async function tally(context: Context, index: string): Promise<readonly Tally[]> {
  assertDeclared(context, index);
  return tallyIndex(context.read, (open) => ({
    collection: numbersOf(context, open).collection,
    index: indexOf(context, open, index),
  }));
}

/** Removes a document and its entries, inside a transaction. */
export function takeAway({ statements }: Pick<Open, 'statements'>, { seq, id, keys }: PlaceRow): void {
  statements.delete.run(seq);
  moveEntries(statements, id, keys, null);
}

/** Copies a specification, so that later changes to the object have no effect. Throws `TypeError` for a bad name. */
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

/** The stored form of a document, copied from the caller's object at once. */
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
