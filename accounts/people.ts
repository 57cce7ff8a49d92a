/** The accounts of a deployment, as everything above them sees them: `person-store.ts` reads and writes them. Types only. */
import type { Page, Stored, Tally, Version } from '../adapters/storage/port.ts';
import type { FactorId } from '../factors/contract.ts';
import type { ReadAccounts } from './person-lists.ts';
import type { Key, Person } from './person.ts';
import type { Renamed } from './rename-account.ts';
import type { PersonalEnd } from './personal-dates.ts';

export interface PersonRecord {
  readonly person: Person;
  readonly version: Version;
}

export type Added =
  { readonly ok: true; readonly person: Person } | { readonly ok: false; readonly taken: 'username' | 'id' };

/** A decision about an account: the new account (absent: unchanged), and the result for the caller. */
export interface Updated<T> {
  readonly account?: Person | undefined;
  readonly result: T;
}

export interface People {
  get(id: string): Promise<Person | undefined>;
  /** The copy that this process last read or wrote, if it has the version `version`. Saves a read of the store. */
  seen(id: string, version?: string): PersonRecord | undefined;
  /** Any spelling of the name (case, Unicode form, white space around it). */
  findByUsername(username: string): Promise<Person | undefined>;
  add(person: Omit<Person, 'id'> & { readonly id?: string }): Promise<Added>;
  /**
   * Applies `change` to the account. The first try may start from a cached copy (a lost race then reads again), so
   * `change` must decide from its argument alone. If `change` returns `undefined`, the account stays as it is; that is
   * judged on a fresh copy. Resolves to the new account, or to `undefined` if there is none or nothing was changed.
   */
  change(id: string, change: (person: Person) => Person | undefined): Promise<Person | undefined>;
  /**
   * `change` for a caller that also needs the result of the decision: why nothing was written, or what was made.
   * Resolves to the written account (absent: nothing was written) with the `result` of that same decision; to
   * `undefined` if there is no such account.
   */
  update<T>(id: string, decide: (account: Person) => Updated<T>): Promise<Updated<T> | undefined>;
  /** Gives the account another user name, if `may` takes the account as it is at the write, and no other has it. */
  rename(id: string, username: string, may: (person: Person) => boolean): Promise<Renamed>;
  /** The active or blocked key that is bound under this `unique`, and its account. */
  findByDevice(unique: string): Promise<{ readonly person: Person; readonly key: Key } | undefined>;
  /** `update` for a change that binds a key with this `unique`; resolves to `taken` if a key of any account has it. */
  updateWithUnique<T>(
    id: string,
    unique: string,
    decide: (account: Person) => Updated<T>,
  ): Promise<Updated<T> | 'taken' | undefined>;
  /** Deletes an account that was removed, if nothing is pending but these items. Returns whether it is deleted. */
  forget(id: string, delivered: ReadonlySet<string>): Promise<boolean>;
  page(options: { readonly after?: string; readonly limit: number }): Promise<Page<Person>>;
  count(): Promise<number>;
  /** Number of accounts of each shape (`shape.ts`). Throws `TooManyToCount`: more shapes than a store counts. */
  shapes(): Promise<readonly Tally[]>;
  /** The first accounts of this shape, in order of id; at most `limit`. */
  ofShape(shape: string, limit: number): Promise<ReadAccounts>;
  /** Gives up the number of a device that no key of this account is bound to any more. */
  releaseDevice(unique: string, id: string): Promise<void>;
  /** Number of accounts to which mails about dates may go, by kind (`recipients.ts`). Throws `TooManyToCount`. */
  recipients(): Promise<readonly Tally[]>;
  /** Accounts whose mails about own dates were held back until this instant (ms) at most. Throws `TooManyToCount`. */
  withMailHoldOver(now: number): Promise<readonly Person[]>;
  /** Accounts whose permit ends after this instant (ms), or earlier on that day (UTC). Throws `TooManyToCount`. */
  withPermit(now: number): Promise<readonly Person[]>;
  /** The account whose activation, or an earlier one of it, has this id. */
  findByActivation(id: string): Promise<Person | undefined>;
  /** Accounts with an activation, those issued on the last days first. May give more than `limit`. */
  withActivation(limit: number): Promise<readonly Person[]>;
  /** Accounts whose address has this local part (`localPartOf`). Throws `TooManyToCount`. */
  withMailbox(localPart: string): Promise<readonly Person[]>;
  /** By the digest of the code of a reportable change. */
  withReport(digest: string): Promise<Person | undefined>;
  /** Accounts whose claims have this birth date, as written there. Throws `TooManyToCount`. */
  withBirthdate(birthdate: string): Promise<readonly Person[]>;
  /** How many accounts are in each group: names that a rule of dates may use. */
  groups(): Promise<readonly Tally[]>;
  /** Whether any account is in this group. */
  hasGroup(name: string): Promise<boolean>;
  /** Last days of single accounts, and how many accounts have each. */
  personalEnds(): Promise<readonly (PersonalEnd & { readonly accounts: number })[]>;
  /** The accounts with a last day of their own for this factor, in order of that day. Throws `TooManyToCount`. */
  withPersonalEnd(factor: FactorId): Promise<readonly Person[]>;
  /** People with pending audit events or messages, for the relay. */
  withPending(limit: number): Promise<readonly Stored<Person>[]>;
  /** Called after every write that leaves pending items. */
  onPending(listener: (person: Person) => void): void;
}
