/** The open connection of the embedded store: opens it again after a fault, and declares its collections. */
import type { Logger } from 'pino';
import { StorageUnavailable } from '../port.ts';
import { declareCollections } from './declare-collections.ts';
import type { Declared, Declaration } from './declare-collections.ts';
import { identityOf, openDatabase } from './open-database.ts';
import type { Database } from './open-database.ts';
import { asUnavailable, unavailable } from './unavailable.ts';

export interface Open extends Database {
  readonly declared: Declared;
  /** Different for every connection of this handle. */
  readonly generation: number;
}

/** Faults after which the connection is closed, so that the next call opens the present file. */
const GIVEN_UP: ReadonlySet<StorageUnavailable['reason']> = new Set([
  'unreachable',
  'read-only',
  'corrupt',
  'outcome-unknown',
]);

/**
 * The connection of one process to the file: opened when needed, closed after a fault, so that the store works again
 * once the cause is gone.
 */
export class Handle {
  readonly #file: string;
  readonly #maxBytes: number | undefined;
  readonly #log: Logger | undefined;
  readonly #declarations: Declaration[] = [];
  #open: Open | undefined;
  #generation = 0;
  #isDoubtful = false;
  #isClosed = false;
  #isTroubled = false;

  constructor(options: { readonly file: string; readonly maxBytes?: number; readonly log?: Logger }) {
    this.#file = options.file;
    this.#maxBytes = options.maxBytes;
    this.#log = options.log;
  }

  /**
   * Opens the file, and makes it if it does not exist. Later openings never make one: an emptied store would look like
   * a new one.
   */
  create(): void {
    this.#connect(true);
  }

  declare(declaration: Declaration): void {
    if (this.#declarations.some((other) => other.name === declaration.name)) {
      throw new TypeError(`The collection "${declaration.name}" is declared twice.`);
    }
    this.#declarations.push(declaration);
  }

  /**
   * Runs `work` on an open connection with every collection declared; errors of the store are thrown as
   * `StorageUnavailable`.
   */
  use<T>(work: (open: Open) => T): T {
    if (this.#isClosed) throw unavailable('closed');
    try {
      if (this.#isDoubtful) this.#giveUp();
      const open = this.#open ?? this.#connect(false);
      if (open.declared.size < this.#declarations.length) declareCollections(open, this.#declarations);
      const result = work(open);
      if (this.#isTroubled) this.#recovered();
      return result;
    } catch (error) {
      throw this.judge(error);
    }
  }

  /** Refuses if another file, or none, is at the path: a write would be lost after a restart. */
  assertInPlace(open: Open): void {
    if (identityOf(this.#file) !== open.identity) {
      throw unavailable('unreachable', undefined, 'The file of the store was moved, replaced or removed.');
    }
  }

  /** The error for the callers; closes the connection where that may help. */
  judge(error: unknown): unknown {
    const judged = asUnavailable(error);
    if (judged instanceof StorageUnavailable && GIVEN_UP.has(judged.reason)) this.#isDoubtful = true;
    return judged;
  }

  /** Logs that a call was refused, once for each period of trouble. */
  report(error: unknown): void {
    if (!(error instanceof StorageUnavailable) || error.reason === 'closed' || this.#isTroubled) return;
    this.#isTroubled = true;
    this.#log?.error({ reason: error.reason }, 'storage unavailable');
  }

  close(): void {
    this.#isClosed = true;
    this.#giveUp();
  }

  #connect(create: boolean): Open {
    const limit = this.#maxBytes === undefined ? {} : { maxBytes: this.#maxBytes };
    const database = openDatabase(this.#file, { create, ...limit });
    this.#generation += 1;
    this.#open = { ...database, declared: new Map(), generation: this.#generation };
    return this.#open;
  }

  #giveUp(): void {
    const open = this.#open;
    this.#open = undefined;
    this.#isDoubtful = false;
    try {
      open?.connection.close();
    } catch {
      // A connection that cannot be closed cleanly is dropped: SQLite recovers from its log at the next opening.
    }
  }

  #recovered(): void {
    this.#isTroubled = false;
    this.#log?.info('storage available again');
  }
}
