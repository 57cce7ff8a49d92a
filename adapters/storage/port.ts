/**
 * What every store must keep, whatever the engine: typed collections of JSON documents.
 *
 * - A document has an id, a version (opaque, another one after every write) and perhaps an expiry.
 * - Expired means invisible *at read time*: `get`, `findBy`, `page`, `count` never show it, `insert` may take its id,
 *   `replace` and `remove` do not find it. Sweeping is housekeeping and may come late.
 * - Uniqueness lives in ids alone. Among N parallel writers of one version, and among N parallel inserts of one id, exactly one wins.
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
  /** First instant (ms since the epoch) at which the document is no longer there. */
  readonly until: number;
}

/** The values under which a document is found besides its id: one, several, or none. */
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
  /** Documents that carry `key` in the declared index, in order of id; at most `limit` (default 100). An undeclared index throws. */
  findBy(index: string, key: string, limit?: number): Promise<Stored<T>[]>;
  /** The first version, or `undefined` when the id is taken. */
  insert(id: Id, value: T, keep?: Keep): Promise<Version | undefined>;
  /** The new version, or `undefined` when the race is lost (another version stands there, or nothing). Without `keep` the document lives on. */
  replace(id: Id, value: T, version: Version, keep?: Keep): Promise<Version | undefined>;
  /** Whether this call took it away; with `version` only that one. */
  remove(id: Id, version?: Version): Promise<boolean>;
  /** Removes every document that carries `key` in the index; how many. */
  removeBy(index: string, key: string): Promise<number>;
  /** In order of id (by code point), beginning behind `after`. Stable while others write: what was there all along appears exactly once. */
  page(options: PageOptions): Promise<Page<T>>;
  count(): Promise<number>;
  /**
   * How many documents carry each key of the index, in order of key (by code point); keys that none carries are left out. Each count is exact for an
   * instant of its own while others write. For indexes of few keys, read from the index alone and in slices: throws `TooManyToCount` beyond `tallyMost`
   * keys. For administration, never in a sign-in.
   */
  tally(index: string): Promise<readonly Tally[]>;
}

/** How many different keys an index may have to be tallied. */
export const tallyMost = 10_000;

/** There is more of it than a store counts or hands over at once. */
export class TooManyToCount extends RangeError {
  override readonly name = 'TooManyToCount';
}

export interface Tally {
  readonly key: string;
  readonly documents: number;
}

/** What is there, for who runs the store. */
export interface StoreReport {
  /** With its version, where it tells. */
  readonly engine: string;
  /** Where it is; no user, no password. */
  readonly place: string;
  /** Of everything on the disk, where the engine tells. */
  readonly bytes?: number;
  readonly collections: readonly CollectionReport[];
  /** What else lies there. */
  readonly others: readonly string[];
  /** What would make everything that is missing, in the engine's own words. */
  readonly statements: readonly string[];
}

export interface CollectionReport {
  readonly name: string;
  /** Expired ones that were not swept yet included. */
  readonly documents: number;
  readonly bytes?: number;
  readonly indexes: readonly string[];
  readonly missing: readonly string[];
  /** Ids of documents that cannot be read; absent when they were not read. */
  readonly unreadable?: readonly Id[];
}

export interface Storage {
  /** Declares a collection and its indexes. The same name twice in one process throws. */
  collection<T extends object>(spec: CollectionSpec<T>): Collection<T>;
  /**
   * Makes and checks what the declared collections need, where that is work of its own (indexes). For the start, once all are declared: rejects with
   * `StorageUnavailable`, whose message is the line to show.
   */
  prepare?(): Promise<void>;
  /** Runs `work`, one request: all calls in it together wait for the engine no longer than a single one may. Absent where none ever waits long. */
  within?<R>(work: () => Promise<R>): Promise<R>;
  /** Resolves when the store answers reads and writes; rejects with `StorageUnavailable` otherwise. For readiness. */
  ping(): Promise<void>;
  /** Deletes up to `limit` expired documents of all collections; how many. */
  sweep(limit: number): Promise<number>;
  /**
   * A number that is another one whenever a different process may have written since the last call, where the engine can tell cheaply
   * (then what was read before may be kept until it changes); absent where it cannot.
   */
  foreignWrites?(): number;
  /** The time of the engine's own clock (ms), where it runs apart from this process and tells; `undefined` or absent: it does not. */
  time?(): Promise<number | undefined>;
  /** What is there, making nothing; with `reading` every document is read. Of those in `spare` nothing is said while they are empty. */
  inspect?(options: { readonly reading: boolean; readonly spare?: readonly string[] }): Promise<StoreReport>;
  /** Waits for writes under way. Calling it twice is harmless. */
  close(): Promise<void>;
}

/** The store cannot be read or written at the moment (gone, full, read-only, locked, corrupt). Nothing was changed, or the outcome is unknown and said so. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
  readonly reason: 'unreachable' | 'full' | 'read-only' | 'locked' | 'corrupt' | 'closed' | 'outcome-unknown';
  constructor(reason: StorageUnavailable['reason'], message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
