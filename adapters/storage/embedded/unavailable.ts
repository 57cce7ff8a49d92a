/** Says which errors of SQLite and of the system mean that the store cannot answer. */
import { StorageUnavailable } from '../port.ts';

type Reason = StorageUnavailable['reason'];

/** Primary result codes of SQLite (sqlite.org/rescode.html): the low byte of the extended code. */
const REASONS: Readonly<Record<number, Reason>> = {
  3: 'read-only', // PERM
  5: 'locked', // BUSY
  6: 'locked', // LOCKED
  7: 'unreachable', // NOMEM
  8: 'read-only', // READONLY
  10: 'unreachable', // IOERR
  11: 'corrupt', // CORRUPT
  13: 'full', // FULL
  14: 'unreachable', // CANTOPEN
  15: 'locked', // PROTOCOL
  26: 'corrupt', // NOTADB
};
/** Extended codes with another meaning than their primary one. */
const EXTENDED: Readonly<Record<number, Reason>> = {
  522: 'corrupt', // IOERR_SHORT_READ: the file was cut off
  1032: 'unreachable', // READONLY_DBMOVED
  8458: 'corrupt', // IOERR_CORRUPTFS
};
const SYSTEM: Readonly<Record<string, Reason>> = {
  EACCES: 'read-only',
  EPERM: 'read-only',
  EROFS: 'read-only',
  ENOSPC: 'full',
  EDQUOT: 'full',
};

const SENTENCES: Readonly<Record<Reason, string>> = {
  unreachable: 'The store cannot be reached.',
  full: 'The store is full.',
  'read-only': 'The store may not be written.',
  locked: 'Another process holds the store locked.',
  corrupt: 'The store is damaged, or is no store.',
  closed: 'The store is closed.',
  'outcome-unknown': 'The store failed while writing; whether the write is there will show when it answers again.',
};

/** SQLite's extended result code, or `undefined` for an error of another origin. */
export function sqliteCode(error: unknown): number | undefined {
  const code = field(error, 'errcode');
  return typeof code === 'number' ? code : undefined;
}

/** The code of a system error ("ENOENT"), or `undefined` for an error of another origin. */
export function systemCode(error: unknown): string | undefined {
  const code = field(error, 'code');
  return typeof code === 'string' && field(error, 'syscall') !== undefined ? code : undefined;
}

function field(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}

/** Converts an error of SQLite or of the file system for the callers; any other error is returned unchanged. */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof StorageUnavailable) return error;
  const reason = reasonOf(error);
  return reason === undefined ? error : unavailable(reason, error);
}

export function unavailable(reason: Reason, cause?: unknown, sentence = SENTENCES[reason]): StorageUnavailable {
  return new StorageUnavailable(reason, sentence, cause);
}

function reasonOf(error: unknown): Reason | undefined {
  const code = sqliteCode(error);
  if (code !== undefined) {
    return EXTENDED[code] ?? REASONS[code & 0xff];
  }
  const system = systemCode(error);
  return system === undefined ? undefined : (SYSTEM[system] ?? 'unreachable');
}
