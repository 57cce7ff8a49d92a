/** Opens the SQLite file of the embedded store with its settings, and makes the tables of a new one. */
import { accessSync, closeSync, constants, existsSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../../make-folder.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts';
import { prepareStatements } from './statements.ts';
import type { Statements } from './statements.ts';
import { asUnavailable, sqliteCode, systemCode, unavailable } from './unavailable.ts';

/**
 * How long (ms) one attempt blocks for a lock of another process; the waiting between attempts leaves the event loop
 * free.
 */
const BUSY_TIMEOUT = 10;

const SETTINGS = `
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -1024;
  PRAGMA wal_autocheckpoint = 2000;
  PRAGMA journal_size_limit = 16777216;
  PRAGMA temp_store = MEMORY;
`;

export interface Database {
  readonly connection: DatabaseSync;
  readonly statements: Statements;
  /** The identity of the file, whatever its path is later. */
  readonly identity: string;
}

/**
 * Opens one checked connection to the file; with `create` a missing file (0600) and its folders (0700) are made. Throws
 * `StorageUnavailable`, and leaves the file unchanged.
 */
export function openDatabase(
  file: string,
  options: { readonly create: boolean; readonly maxBytes?: number },
): Database {
  let connection: DatabaseSync | undefined;
  try {
    if (options.create) createFile(file);
    else if (!existsSync(file)) throw unavailable('unreachable', undefined, 'The file of the store is gone.');
    assertWritable(file);
    connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT, enableForeignKeyConstraints: false });
    connection.exec('BEGIN');
    const isNew = readHeader(connection) === 'empty';
    connection.exec('COMMIT');
    useWriteAheadLog(connection);
    connection.exec(SETTINGS);
    if (options.maxBytes !== undefined)
      connection.exec(`PRAGMA max_page_count = ${pages(connection, options.maxBytes)}`);
    return { connection, statements: claimForWriting(connection, isNew), identity: identityOf(file) ?? '' };
  } catch (error) {
    connection?.close();
    throw sqliteCode(error) === 1
      ? unavailable('corrupt', error, 'The store lacks tables it should have.')
      : asUnavailable(error);
  }
}

/** Device and inode of the file at this path; `undefined` if there is none. */
export function identityOf(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

function createFile(file: string): void {
  const folder = dirname(file);
  const first = makeFolder(folder);
  if (first !== undefined) {
    for (let at = folder; at !== dirname(first); at = dirname(at)) syncFolder(dirname(at));
  }
  try {
    // An existing file is never opened here: closing any handle to it would drop the locks SQLite holds in this
    // process.
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

/**
 * SQLite would open a read-only file, create a read-only log beside it, and fail on that log once the file is writable
 * again.
 */
function assertWritable(file: string): void {
  accessSync(file, constants.R_OK | constants.W_OK);
  accessSync(dirname(file), constants.W_OK | constants.X_OK);
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function readHeader(connection: DatabaseSync): 'empty' | 'ours' {
  const application = number(connection, 'PRAGMA application_id');
  const version = number(connection, 'PRAGMA user_version');
  if (application === 0 && version === 0 && number(connection, 'SELECT count(*) FROM sqlite_schema') === 0)
    return 'empty';
  if (application !== APPLICATION_ID) {
    throw unavailable('corrupt', undefined, 'The file is a database of another program, not a store of this one.');
  }
  if (version > SCHEMA_VERSION) {
    const sentence = `The store was written by a newer release (schema ${version}; this release reads up to ${SCHEMA_VERSION}).`;
    throw unavailable('unreachable', undefined, sentence);
  }
  return 'ours';
}

function useWriteAheadLog(connection: DatabaseSync): void {
  const mode = Object.values(connection.prepare('PRAGMA journal_mode = WAL').get() ?? {})[0];
  if (mode === 'wal') return;
  // SQLite keeps the mode and reports nothing if the file is read-only; a write then gives the reason.
  connection.exec('BEGIN IMMEDIATE; CREATE TABLE probe (x); ROLLBACK');
  throw unavailable(
    'unreachable',
    undefined,
    'The file system of the store has no shared memory; a local disk is needed.',
  );
}

/** Proves that the file is writable, and makes the tables of a new one in the same transaction. */
function claimForWriting(connection: DatabaseSync, isNew: boolean): Statements {
  connection.exec('BEGIN IMMEDIATE');
  try {
    if (isNew && readHeader(connection) === 'empty') {
      connection.exec(SCHEMA);
      connection.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    }
    const statements = prepareStatements(connection);
    // A read-only file permits beginning a transaction: only a write shows it.
    statements.probe.run();
    statements.commit.run();
    return statements;
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

function pages(connection: DatabaseSync, bytes: number): number {
  return Math.max(1, Math.floor(bytes / number(connection, 'PRAGMA page_size')));
}

function number(connection: DatabaseSync, sql: string): number {
  return Number(Object.values(connection.prepare(sql).get() ?? {})[0]);
}
