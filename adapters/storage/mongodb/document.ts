/** How a document and the keys of its indexes stand in MongoDB. */
import type { CollectionSpec, Keep, StorageUnavailable, Stored } from '../port.ts';
import { unavailable } from './unavailable.ts';

/** A document as stored in the database. */
export interface Row {
  readonly _id: string;
  /** Random, different at every write: the writer can recognise its own write. */
  readonly version: string;
  /**
   * The version that this write replaced, so that a writer whose answer was lost can still recognise its own write
   * after one further write.
   */
  readonly previous?: string;
  /** Instant of expiry. */
  readonly until?: Date;
  /** The values by which it is found, by index. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  /** JSON: field names are not restricted, and no character is lost. */
  readonly body: string;
}

export interface Declaration {
  readonly name: string;
  readonly indexes: readonly string[];
  /** Throws `TypeError` on keys that are no well-formed Unicode. */
  keysOf(value: object): Row['keys'];
}

/** The name of a declared index in the database. */
export const indexNameOf = (index: string): string => `by-${index}`;

/** The latest instant of a date, ms. */
const latest = 8_640_000_000_000_000;

/** Copies a specification, so that later changes to the object have no effect. Throws `TypeError` for a bad name. */
export function declarationOf<T extends object>(spec: CollectionSpec<T>): Declaration {
  if (!/^[a-z0-9-]+$/.test(spec.name)) throw new TypeError(`"${spec.name}" is no name for a collection.`);
  const indexes = Object.entries(spec.indexes ?? {});
  for (const [index] of indexes) {
    if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(index)) throw new TypeError(`"${index}" is no name for an index.`);
  }
  return {
    name: spec.name,
    indexes: indexes.map(([index]) => index),
    keysOf: (value) =>
      Object.fromEntries(
        indexes.map(([index, keyOf]) => {
          const found = keyOf(value as T);
          const keys = found === undefined ? [] : typeof found === 'string' ? [found] : [...new Set(found)];
          return [index, keys.map(wellFormed)];
        }),
      ),
  };
}

/** The stored form of a document, copied from the caller's object at once. */
export function rowOf(
  declaration: Declaration,
  id: string,
  value: object,
  keep: Keep | undefined,
  version: string,
  previous?: string,
): Row {
  const body = JSON.stringify(value) as string | undefined;
  if (body === undefined) throw new TypeError(`The document "${declaration.name}/${id}" is no JSON.`);
  if (keep && !Number.isFinite(keep.until)) throw new RangeError('An expiry is a finite number of milliseconds.');
  return {
    _id: id,
    version,
    ...(previous === undefined ? {} : { previous }),
    ...(keep ? { until: new Date(Math.max(-latest, Math.min(latest, Math.ceil(keep.until)))) } : {}),
    keys: declaration.keysOf(value),
    body,
  };
}

/** Throws `StorageUnavailable` when somebody changed the document by hand so that it cannot be read. */
export function storedOf<T>(row: unknown): Stored<T> {
  if (!isRow(row)) throw unreadable();
  const { _id: id, version, until, body } = row;
  const document = { id, version, value: parsed(body) as T };
  return until === undefined ? document : { ...document, until: until.getTime() };
}

/** Somebody changed a document by hand. */
export const unreadable = (): StorageUnavailable =>
  unavailable('corrupt', undefined, 'A document cannot be read: it was not written by this product as it stands.');

function parsed(body: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw unreadable();
  }
  if (typeof value !== 'object' || value === null) throw unreadable();
  return value;
}

/** Whether this adapter could have written it; the body is not checked. */
export function isRow(row: unknown): row is Row {
  const { _id, version, until, keys, body } = (row ?? {}) as Partial<Record<keyof Row, unknown>>;
  return (
    typeof _id === 'string' &&
    typeof version === 'string' &&
    (until === undefined || (until instanceof Date && !Number.isNaN(until.getTime()))) &&
    typeof keys === 'object' &&
    keys !== null &&
    typeof body === 'string'
  );
}

/** Two strings that are no well-formed Unicode could become one in the database. */
export function wellFormed(text: string): string {
  if (text.isWellFormed()) return text;
  throw new TypeError('Ids and index keys are well-formed Unicode.');
}
