/** Says which errors of the driver and of the server mean that the store cannot answer, and which may be over soon. */
import type { MongoError } from 'mongodb';
import { StorageUnavailable } from '../port.ts';

type Reason = StorageUnavailable['reason'];

/** Classifies an error of the driver or of the server. */
export interface Judgement {
  readonly reason: Reason;
  readonly sentence: string;
  /** Worth another attempt while there is time. An unknown error is temporary. */
  readonly isPassing: boolean;
  /** Certain: the command was not done, and will not be. */
  readonly isUndone: boolean;
}

const sentences: Readonly<Record<Reason, string>> = {
  unreachable: 'The database cannot be reached.',
  full: 'The database takes no more.',
  'read-only': 'The user of the database may not do this.',
  locked: 'The database is locked.',
  corrupt: 'The database holds what was not written by this product.',
  closed: 'The store is closed.',
  'outcome-unknown': 'The answer of the database was lost; whether the write is there will show when it answers again.',
};

/** Errors of a server that did nothing and expects another attempt, here or elsewhere: not primary, write conflict. */
const undone: ReadonlySet<number> = new Set([10058, 10107, 13435, 13436, 112]);

const signInRefused = 'The database refuses the user name or the password.';

/** Codes that do not change with another attempt. */
const lasting: Readonly<Record<number, readonly [Reason, string]>> = {
  13: ['read-only', sentences['read-only']],
  18: ['unreachable', signInRefused],
  8000: ['unreachable', signInRefused],
  10334: ['full', 'A document is too large for the database.'],
  14031: ['full', 'The disk of the database is full.'],
};

const tooOld = {
  sentence: 'The server is too old: MongoDB 4.4 or later is needed.',
  isPassing: false,
  isUndone: true,
} as const;

/** By name, because the driver is loaded only where it is used. */
const byName: Readonly<Record<string, Omit<Judgement, 'reason'> & { readonly reason?: Reason }>> = {
  MongoServerSelectionError: { sentence: sentences.unreachable, isPassing: true, isUndone: true },
  MongoWaitQueueTimeoutError: {
    sentence: 'All connections to the database are taken.',
    isPassing: true,
    isUndone: true,
  },
  MongoPoolClearedError: { sentence: sentences.unreachable, isPassing: true, isUndone: true },
  MongoPoolClosedError: { sentence: sentences.unreachable, isPassing: true, isUndone: true },
  MongoCompatibilityError: tooOld,
};

/** Programming errors, by name, which do not come from the database. */
const mistakes: ReadonlySet<string> = new Set([
  'StorageUnavailable',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
]);

/**
 * Classifies what the driver threw, which is not always its own type: a socket error is passed on as it is. `undefined`
 * for other errors.
 */
export function judge(error: unknown): Judgement | undefined {
  if (error instanceof OutOfTime)
    return { reason: 'unreachable', sentence: sentences.unreachable, isPassing: true, isUndone: false };
  const { name, message } = (typeof error === 'object' && error !== null ? error : {}) as Partial<Error>;
  if (/larger than the maximum|out of range/i.test(message ?? '') && /^Mongo|^BSON|^RangeError/.test(name ?? '')) {
    return { reason: 'full', sentence: 'A document is too large for the database.', isPassing: false, isUndone: true };
  }
  if (name === undefined || mistakes.has(name)) return undefined;
  if (compatibility(error)) return { reason: 'unreachable', ...tooOld };
  if (isRefusedSignIn(error))
    return { reason: 'unreachable', sentence: signInRefused, isPassing: false, isUndone: true };
  const code = codeOf(error);
  const last = code === undefined ? undefined : lasting[code];
  if (last) return { reason: last[0], sentence: last[1], isPassing: false, isUndone: true };
  const named = byName[name];
  if (named) return { reason: 'unreachable', ...named, sentence: detailed(named.sentence, error) };
  const isUndone = code !== undefined && undone.has(code);
  return { reason: 'unreachable', sentence: detailed(sentences.unreachable, error), isPassing: true, isUndone };
}

/**
 * The document's id exists. Some services use 112 for this only with further unique indexes, which do not exist here.
 */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === 11000;

/**
 * Some services also use `Unauthorized` (13) for a wrong password; the driver marks errors from before the first
 * command.
 */
export const isRefusedSignIn = (error: unknown): boolean =>
  codeOf(error) === 13 && (error as Partial<MongoError>).hasErrorLabel?.('HandshakeError') === true;

/** The number that a server gave with its error. */
export function codeOf(error: unknown): number | undefined {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'number' ? code : undefined;
}

/**
 * An error for the callers. Only name and code of the cause are kept: a server's message may quote documents, and the
 * driver's may quote addresses.
 */
export function unavailable(reason: Reason, cause?: unknown, sentence = sentences[reason]): StorageUnavailable {
  return new StorageUnavailable(reason, sentence, cause === undefined ? undefined : outline(cause));
}

export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

function outline(cause: unknown): Error {
  const { name = 'Error' } = cause instanceof Error ? cause : {};
  const outlined = new Error([name, codeOf(cause), systemCode(cause)].filter((part) => part !== undefined).join(' '));
  // Its own stack would only name this file.
  outlined.stack = `${outlined.name}: ${outlined.message}`;
  return outlined;
}

/** The driver found a server with an unknown protocol version, and waits for another one. */
const compatibility = (error: unknown): boolean =>
  serverErrors(error).some((one) => (one as Error | undefined)?.name === 'MongoCompatibilityError');

/** The errors of each server during server selection. */
function serverErrors(error: unknown): readonly unknown[] {
  const servers = (error as { readonly reason?: { readonly servers?: unknown } }).reason?.servers;
  return servers instanceof Map ? [...servers.values()].map((one) => (one as { readonly error?: unknown }).error) : [];
}

/** With the system's error, which usually names the cause. */
function detailed(sentence: string, error: unknown): string {
  const code = systemCode(error);
  return code === undefined ? sentence : sentence.replace(/\.$/, ` (${code}).`);
}

/** The system's error below it: `ECONNREFUSED`, `ENOTFOUND`, `SELF_SIGNED_CERT_IN_CHAIN`. */
function systemCode(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 5) return undefined;
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code)) return code;
  for (const inner of [cause, ...serverErrors(error)]) {
    const found = systemCode(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
