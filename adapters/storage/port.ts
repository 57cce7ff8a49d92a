/**
 * What every store must keep, whatever the engine: typed collections of JSON documents.
 *
 * - A document has an id, a version (opaque, another one after every write) and perhaps an expiry.
 * - Expired means invisible *at read time*: `get`, `findBy`, `page`, `count` never show it, `insert` may take its id,
 *   `replace` and `remove` do not find it. Sweeping is housekeeping and may come late.
 * - Uniqueness lives in ids alone. Among N parallel writers of one version, and among N parallel inserts of one id,
 *   exactly one wins.
 * - A write that was answered is durable: neither `kill -9` nor a power cut takes it back.
 * - No transaction spans two documents: what must change together is one document.
 * - Values are copied in and out: what a caller does with an object afterwards changes nothing.
 * - Ids and index keys are well-formed Unicode: with any other, look-ups find nothing and writes throw `TypeError`.
 * - A limit is a whole number from 1, an expiry a finite number: anything else throws `RangeError`.
 *
 * `test/contracts/storage.ts` is this page as a test; every implementation passes it.
 */
export type Id = string;
/** Opaque; compare only for equality, and only for one document. */
export type Version = string;

export interface Stored<T> {
  readonly id: Id;
  readonly value: T;
  readonly version: Version;
  /** Instant of expiry, ms since the epoch; absent: lives on. */
  readonly until?: number;
}

export interface Keep {
  /** First instant (ms since the epoch) at which the document no longer exists. */
  readonly until: number;
}

/** The values by which a document is found besides its id: one, several, or none. */
export type IndexOf<T> = (value: T) => string | readonly string[] | undefined;

export interface CollectionSpec<T extends object> {
  /** Lower-case letters, digits and `-`. */
  readonly name: string;
  readonly indexes?: Readonly<Record<string, IndexOf<T>>>;
}

export interface Page<T> {
  readonly items: readonly Stored<T>[];
  /** Give this as `after` for the next page; absent on the last one. */
  readonly next?: Id;
}

export interface PageOptions {
  readonly after?: Id;
  readonly limit: number;
}

export interface Collection<T extends object> {
  get(id: Id): Promise<Stored<T> | undefined>;
  /**
   * Documents with `key` in the declared index, in order of id; at most `limit` (default 100). An undeclared index
   * throws.
   */
  findBy(index: string, key: string, limit?: number): Promise<Stored<T>[]>;
  /** The first version, or `undefined` if the id is taken. */
  insert(id: Id, value: T, keep?: Keep): Promise<Version | undefined>;
  /**
   * The new version, or `undefined` if the race is lost (another version exists, or none). Without `keep` the document
   * has no expiry.
   */
  replace(id: Id, value: T, version: Version, keep?: Keep): Promise<Version | undefined>;
  /** Whether this call removed it; with `version` only that version. */
  remove(id: Id, version?: Version): Promise<boolean>;
  /** Removes every document with `key` in the index; returns how many. */
  removeBy(index: string, key: string): Promise<number>;
  /**
   * In order of id (by code point), starting after `after`. Stable while others write: a document that exists during
   * the whole time appears exactly once.
   */
  page(options: PageOptions): Promise<Page<T>>;
  count(): Promise<number>;
  /**
   * How many documents have each key of the index, in order of key (by code point); keys without documents are left
   * out. Each count is exact for its own instant while others write. For indexes with few keys; reads the index alone
   * and in slices: throws `TooManyToCount` beyond `tallyMost` keys. For administration, never in a sign-in.
   */
  tally(index: string): Promise<readonly Tally[]>;
}

/** The most distinct keys of an index that can be counted. */
export const tallyMost = 10_000;

/** There are more than a store counts or returns at once. */
export class TooManyToCount extends RangeError {
  override readonly name = 'TooManyToCount';
}

export interface Tally {
  readonly key: string;
  readonly documents: number;
}

/** The state of the store, for its operator. */
export interface StoreReport {
  /** With its version, if it gives one. */
  readonly engine: string;
  /** Where it is, without user and password. */
  readonly place: string;
  /** The size on disk, if the engine gives it. */
  readonly bytes?: number;
  readonly collections: readonly CollectionReport[];
  /** Other collections there. */
  readonly others: readonly string[];
  /** Statements that would create everything missing, in the engine's own language. */
  readonly statements: readonly string[];
}

export interface CollectionReport {
  readonly name: string;
  /** Including expired ones that were not swept yet. */
  readonly documents: number;
  readonly bytes?: number;
  readonly indexes: readonly string[];
  readonly missing: readonly string[];
  /** Ids of documents that cannot be read; absent if they were not read. */
  readonly unreadable?: readonly Id[];
}

export interface Storage {
  /** Declares a collection and its indexes. The same name twice in one process throws. */
  collection<T extends object>(spec: CollectionSpec<T>): Collection<T>;
  /**
   * Creates and checks the indexes of the declared collections, if the engine needs that. Call it at the start, once
   * all are declared: rejects with `StorageUnavailable`, whose message is the line to show.
   */
  prepare?(): Promise<void>;
  /**
   * Runs `work`, one request: all its calls together wait no longer than a single one. Absent if no call ever waits
   * long.
   */
  within?<R>(work: () => Promise<R>): Promise<R>;
  /** Resolves if the store answers reads and writes; otherwise rejects with `StorageUnavailable`. For readiness. */
  ping(): Promise<void>;
  /** Deletes up to `limit` expired documents of all collections; how many. */
  sweep(limit: number): Promise<number>;
  /**
   * A number that changes whenever another process may have written since the last call, if the engine can tell cheaply
   * (cached reads are then valid until it changes); absent if it cannot.
   */
  foreignWrites?(): number;
  /** The engine's own clock (ms), if it differs from this process's clock; `undefined` or absent: unknown. */
  time?(): Promise<number | undefined>;
  /**
   * The state of the store, read only; with `reading` every document is read. Collections in `spare` are left out while
   * they are empty.
   */
  inspect?(options: { readonly reading: boolean; readonly spare?: readonly string[] }): Promise<StoreReport>;
  /** Waits for writes under way. Calling it twice is harmless. */
  close(): Promise<void>;
}

/**
 * The store cannot be read or written now (missing, full, read-only, locked, corrupt). Nothing was changed, or the
 * outcome is unknown and reported so.
 */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
  readonly reason: 'unreachable' | 'full' | 'read-only' | 'locked' | 'corrupt' | 'closed' | 'outcome-unknown';
  constructor(reason: StorageUnavailable['reason'], message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
