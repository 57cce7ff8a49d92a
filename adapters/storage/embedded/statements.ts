/** The prepared statements of the embedded store, each with the rows that it gives. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

const LIVE = '(until IS NULL OR until > ?)';
const CARRIED = 'entries CROSS JOIN documents ON documents.collection = ? AND documents.id = entries.id';

/** A write without effect, which needs about as much space as a large change. */
export const PROBE = 'UPDATE probe SET content = randomblob(32768)';

export const SQL = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',

  get: `SELECT id, version, until, body FROM documents WHERE collection = ? AND id = ? AND ${LIVE}`,
  find: `SELECT documents.id, version, until, body FROM ${CARRIED}
    WHERE idx = ? AND key = ? AND ${LIVE} ORDER BY entries.id LIMIT ?`,
  pageFirst: `SELECT id, version, until, body FROM documents WHERE collection = ? AND ${LIVE} ORDER BY id LIMIT ?`,
  pageAfter: `SELECT id, version, until, body FROM documents WHERE collection = ? AND id > ? AND ${LIVE} ORDER BY id LIMIT ?`,
  count: `SELECT (SELECT count(*) FROM documents WHERE collection = ?)
    - (SELECT count(*) FROM documents WHERE until <= ? AND collection = ?) AS number`,

  firstKey: 'SELECT key FROM entries WHERE idx = ? ORDER BY key LIMIT 1',
  nextKey: 'SELECT key FROM entries WHERE idx = ? AND key > ? ORDER BY key LIMIT 1',
  slice: `SELECT count(*) AS number, max(id) AS last FROM
    (SELECT id FROM entries WHERE idx = ? AND key = ? AND id > ? ORDER BY id LIMIT ?)`,
  lapsedOf: `SELECT seq, until, keys FROM documents INDEXED BY documents_by_expiry
    WHERE collection = ? AND until <= ? AND (until > ? OR (until = ? AND seq > ?)) ORDER BY until, seq LIMIT ?`,

  standing: `SELECT seq, id, keys, version FROM documents WHERE collection = ? AND id = ? AND ${LIVE}`,
  lapsed: `SELECT seq, id, keys FROM documents WHERE collection = ? AND id = ? AND until <= ?`,
  carriers: `SELECT seq, documents.id, keys FROM ${CARRIED} WHERE idx = ? AND key = ? AND ${LIVE}`,
  expired: `SELECT seq, id, keys FROM documents WHERE until <= ? ORDER BY until LIMIT ?`,

  insert: `INSERT INTO documents (collection, id, version, until, keys, body) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (collection, id) DO NOTHING`,
  update: 'UPDATE documents SET version = ?, until = ?, keys = ?, body = ? WHERE seq = ?',
  // For a document whose index entries do not change, as is usual.
  refill: `UPDATE documents SET version = ?, until = ?, body = ?
    WHERE collection = ? AND id = ? AND version = ? AND keys IS ? AND ${LIVE}`,
  delete: 'DELETE FROM documents WHERE seq = ?',
  addEntry: 'INSERT OR IGNORE INTO entries (idx, key, id) VALUES (?, ?, ?)',
  dropEntry: 'DELETE FROM entries WHERE idx = ? AND key = ? AND id = ?',
  probe: PROBE,

  names: 'SELECT number, collection, idx FROM names',
  addName: 'INSERT INTO names (collection, idx) VALUES (?, ?)',
  all: 'SELECT seq, id, keys, body FROM documents WHERE collection = ? AND seq > ? ORDER BY seq LIMIT ?',
  setKeys: 'UPDATE documents SET keys = ? WHERE seq = ?',
  dataVersion: 'PRAGMA data_version',
} as const;

/** A prepared statement with the type of its rows. */
export interface Prepared<R> {
  readonly get: (...values: SQLInputValue[]) => R | undefined;
  readonly all: (...values: SQLInputValue[]) => R[];
  /** How many rows it changed. */
  readonly run: (...values: SQLInputValue[]) => number;
}

export interface DocumentRow {
  readonly id: string;
  readonly version: string;
  readonly until: number | null;
  readonly body: string;
}

/** The place of a document in the indexes. */
export interface PlaceRow {
  readonly seq: number;
  readonly id: string;
  /** JSON pairs of index number and key; null: in no index. */
  readonly keys: string | null;
}

export interface NameRow {
  readonly number: number;
  readonly collection: string;
  /** Empty for the collection itself. */
  readonly idx: string;
}

interface Rows {
  readonly get: DocumentRow;
  readonly find: DocumentRow;
  readonly pageFirst: DocumentRow;
  readonly pageAfter: DocumentRow;
  readonly count: { readonly number: number };
  readonly firstKey: { readonly key: string };
  readonly nextKey: { readonly key: string };
  readonly slice: { readonly number: number; readonly last: string | null };
  readonly lapsedOf: { readonly seq: number; readonly until: number; readonly keys: string | null };
  readonly standing: PlaceRow & { readonly version: string };
  readonly lapsed: PlaceRow;
  readonly carriers: PlaceRow;
  readonly expired: PlaceRow;
  readonly names: NameRow;
  readonly all: PlaceRow & { readonly body: string };
  readonly dataVersion: { readonly data_version: number };
}

type Name = keyof typeof SQL;

export type Statements = { readonly [N in Name]: Prepared<N extends keyof Rows ? Rows[N] : never> };

/** Prepares every statement once for a connection. */
export function prepareStatements(database: DatabaseSync): Statements {
  const names = Object.keys(SQL) as Name[];
  return Object.fromEntries(
    names.map((name) => [name, prepared(database.prepare(SQL[name]))]),
  ) as unknown as Statements;
}

function prepared(statement: StatementSync): Prepared<unknown> {
  return {
    get: (...values) => statement.get(...values),
    all: (...values) => statement.all(...values),
    run: (...values) => Number(statement.run(...values).changes),
  };
}
