/** The few commands that the MongoDB store sends, each bounded in what it reads. */
import type { Collection as DriverCollection, Filter } from 'mongodb';
import { indexNameOf } from './document.ts';
import type { Declaration, Row } from './document.ts';
import { codeOf } from './unavailable.ts';

/** A condition on documents, of one of the shapes below. */
export type Condition = Readonly<Record<string, unknown>>;

/**
 * Every command that this adapter sends for a collection. Each finds its documents by `_id`, by one declared index, or
 * by expiry, and reads a limited number of them: any other condition throws, since it would read a whole large
 * collection. Each function is one round trip.
 */
export interface Commands {
  /** In order of id. */
  find(where: Condition, limit: number): Promise<readonly unknown[]>;
  /** Any, in no order. */
  findAny(limit: number): Promise<readonly unknown[]>;
  /** Ids of documents that expired at `instant` (ms) or before, the longest expired first. */
  findLapsed(instant: number, limit: number): Promise<readonly unknown[]>;
  insert(row: Row): Promise<void>;
  /** Whether there was one. */
  replace(where: Condition, row: Row): Promise<boolean>;
  set(where: Condition, fields: Readonly<Record<string, unknown>>): Promise<boolean>;
  removeOne(where: Condition): Promise<boolean>;
  /** How many. */
  removeAll(where: Condition): Promise<number>;
  /** The distinct keys of a declared index, in no order. */
  keysOf(index: string): Promise<readonly unknown[]>;
  /** How many documents have the key, expired ones included: read from the index alone. */
  carriers(index: string, key: string): Promise<number>;
  /**
   * Index keys and expiry (ms) of documents that expired at `instant` or before, the longest expired first, from `skip`
   * on.
   */
  lapsedKeys(index: string, instant: number, skip: number, limit: number): Promise<readonly (readonly string[])[]>;
  /** Reads the whole collection: for housekeeping, never for a sign-in. */
  count(where: Condition): Promise<number>;
}

/** More than any caller requests at once. */
const most = 100_000;

export function commandsFor(rows: DriverCollection<Row>, { indexes }: Declaration): Commands {
  const checked = (where: Condition, isOne: boolean): Filter<Row> => {
    assertBounded(where, indexes, isOne);
    return where;
  };
  return {
    // The whole answer in one batch: a second batch would be a second round trip.
    find: (where, limit) =>
      hinted(where, (options) =>
        rows
          .find(checked(where, false), { limit: bounded(limit), batchSize: bounded(limit) + 1, ...options })
          .sort({ _id: 1 })
          .toArray(),
      ),
    findAny: (limit) =>
      rows.find({ _id: { $gte: '' } }, { limit: bounded(limit), batchSize: bounded(limit) + 1 }).toArray(),
    findLapsed: async (instant, limit) => {
      const found = await rows
        .find(checked(lapsed(instant), false), { limit: bounded(limit), batchSize: bounded(limit) + 1 })
        .sort({ until: 1 })
        .project({ _id: 1 })
        .toArray();
      return found.map(({ _id }) => _id as unknown);
    },
    insert: async (row) => void (await rows.insertOne(row)),
    replace: async (where, { _id, ...row }) => (await rows.replaceOne(checked(where, true), row)).matchedCount === 1,
    set: async (where, fields) =>
      (await rows.updateOne(checked(where, true), { $set: fields as Partial<Row> })).matchedCount === 1,
    removeOne: async (where) => (await rows.deleteOne(checked(where, true))).deletedCount === 1,
    removeAll: async (where) => (await rows.deleteMany(checked(where, false))).deletedCount,
    keysOf: (index) => rows.distinct(`keys.${index}`),
    // The plain command `count`: the driver's alternative is a pipeline, which reads documents.
    carriers: (index, key) => {
      const where = checked({ [`keys.${index}`]: key }, false);
      return hinted(where, (options) => rows.count(where, options));
    },
    lapsedKeys: async (index, instant, skip, limit) => {
      const found = await rows
        .find(checked(lapsed(instant), false), { limit: bounded(limit), batchSize: bounded(limit) + 1, skip })
        .sort({ until: 1 })
        .project({ [`keys.${index}`]: 1 })
        .toArray();
      return found.map(({ keys }: { keys?: Row['keys'] }) => keys?.[index] ?? []);
    },
    count: (where) => rows.countDocuments(checked(where, false)),
  };
}

function bounded(limit: number): number {
  if (Number.isSafeInteger(limit) && limit >= 1) return Math.min(limit, most);
  throw new TypeError('A query is bounded.');
}

/**
 * Throws `TypeError` unless the condition is on one `_id`, a range or list of them, one key of one declared index, or
 * an expiry that has passed.
 */
export function assertBounded(where: Condition, indexes: readonly string[], isOne: boolean): void {
  const { _id: id, until, version, ...rest } = where;
  const [[path, key] = [], ...more] = Object.entries(rest);
  const isById = typeof id === 'string' || (!isOne && isRange(id));
  const isByIndex =
    path !== undefined &&
    more.length === 0 &&
    indexes.some((index) => path === `keys.${index}`) &&
    (typeof key === 'string' || key === null);
  const isByExpiry = typeof until === 'object' && until !== null && Reflect.get(until, '$lte') instanceof Date;
  const isFound = isOne ? isById : isById || isByIndex || isByExpiry;
  const isKnown = path === undefined || (isByIndex && !isOne);
  if (isFound && isKnown && (version === undefined || typeof version === 'string')) return;
  throw new TypeError(`A query by ${Object.keys(where).join(', ') || 'nothing'} would read a whole collection.`);
}

/** Errors of a server that does not have the index, or accepts no hints. */
const noSuchIndex: ReadonlySet<number> = new Set([2, 291]);

/** Names the index to use. Some compatible services would otherwise also read the whole index of expiry. */
function hintFor(where: Condition): string | undefined {
  const key = Object.keys(where).find((path) => path.startsWith('keys.'));
  if (key !== undefined) return indexNameOf(key.slice('keys.'.length));
  return isRange(where['_id']) ? '_id_' : undefined;
}

/** Sends the command with the index named, and again without it if the server refuses that. */
async function hinted<R>(where: Condition, ask: (options: { readonly hint?: string }) => Promise<R>): Promise<R> {
  const hint = hintFor(where);
  if (hint === undefined) return ask({});
  try {
    return await ask({ hint });
  } catch (error) {
    if (!noSuchIndex.has(codeOf(error) ?? 0)) throw error;
    return ask({});
  }
}

function isRange(id: unknown): boolean {
  if (typeof id !== 'object' || id === null) return false;
  return Object.entries(id).every(
    ([operator, value]) =>
      (/^\$gte?$/.test(operator) && typeof value === 'string') || (operator === '$in' && Array.isArray(value)),
  );
}

/** Not expired at `now`, in ms. */
export const alive = (now: number): Condition => ({ until: { $not: { $lte: new Date(now) } } });
export const lapsed = (now: number): Condition => ({ until: { $lte: new Date(now) } });
