/** The mark by which a database is known as ours, with the format of its documents. */
import type { Db } from 'mongodb';
import { newVersion } from './mongodb-collection.ts';
import { codeOf, isDuplicate, isRefusedSignIn, unavailable } from './unavailable.ts';

/**
 * One document that identifies the database as ours, with its format; updating it proves that the store takes writes.
 */
interface Mark {
  readonly _id: 'store';
  readonly format: number;
  readonly touched: string;
}

/**
 * Raised when the format of documents changes; a database with a higher number was written by a newer release and is
 * refused.
 */
const format = 1;

export interface StoreMark {
  /** Reads the mark, or creates it in a new database. Rejects with `StorageUnavailable` or an error of the driver. */
  open(): Promise<void>;
  /** Rejects if the mark cannot be written, or is missing: somebody emptied the database while it was in use. */
  touch(): Promise<void>;
}

/** No declared collection can have this name. */
export const markName = 'rekey.store';

export function openMark(database: Db): StoreMark {
  const marks = database.collection<Mark>(markName);
  const written = async (): Promise<boolean> =>
    (await marks.updateOne({ _id: 'store' }, { $set: { touched: newVersion() } })).matchedCount === 1;
  return {
    async open() {
      let isRead = false;
      try {
        const found = await marks.findOne({ _id: 'store' });
        isRead = true;
        if (found && found.format > format) {
          throw unavailable(
            'unreachable',
            undefined,
            `The database was written by a newer release (format ${found.format}; this release reads up to ${format}).`,
          );
        }
        if (!found) await marks.insertOne({ _id: 'store', format, touched: newVersion() });
        else await written();
      } catch (error) {
        if (isDuplicate(error)) return;
        if (codeOf(error) === 13 && !isRefusedSignIn(error)) throw withoutRights(database, isRead, error);
        throw error;
      }
    },
    async touch() {
      if (!(await written())) {
        throw unavailable('corrupt', undefined, 'The database was emptied, or another one stands in its place.');
      }
    },
  };
}

function withoutRights({ databaseName, client }: Db, isRead: boolean, error: unknown): Error {
  if (!isRead && client.options.credentials === undefined) {
    const says = 'The database asks for a user name and a password, and its address names none.';
    return unavailable('unreachable', error, says);
  }
  const role = JSON.stringify([{ role: 'readWrite', db: databaseName }]);
  return unavailable(
    'read-only',
    error,
    `The user of the database may not write in "${databaseName}". Have an administrator run: db.grantRolesToUser("<user>", ${role})`,
  );
}
