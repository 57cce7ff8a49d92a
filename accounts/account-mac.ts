/**
 * Binds what an account document says to that account: a keyed MAC (HMAC-SHA-256) over all of it, made at every write and checked at every read by
 * `person-store.ts`. Who can write the store but has not the root key can paste no password hash, take away no key, lift no flag and put in no trusted
 * browser: the account is then refused, as a fault.
 */
import { timingSafeEqual } from 'node:crypto';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Person } from './person.ts';

/** As the store holds it. */
export type StoredPerson = Person & { readonly mac: string };

/** The account document is not as it was written: altered, copied from another account, or written under another root key. */
export class AccountAltered extends Error {
  override readonly name = 'AccountAltered';
  /** Id of the account. */
  readonly account: string;
  constructor(account: string) {
    super(`The account document ${account} is not as it was written.`);
    this.account = account;
  }
}

export interface AccountMac {
  seal(person: Person): StoredPerson;
  /** Throws `AccountAltered`. @param id the document's id, which the person must have */
  open(id: string, stored: Person & { readonly mac?: unknown }): Person;
}

export function createAccountMac(secretBox: Pick<SecretBox, 'digest'>): AccountMac {
  // Both stores give members back in the order in which they were written (storage contract suite), so plain JSON spells one content in one way.
  const macOf = (person: Person): string => secretBox.digest(JSON.stringify(person), 'account');
  return {
    seal: (person) => ({ ...person, mac: macOf(person) }),
    open(id, { mac, ...person }) {
      const given = Buffer.from(typeof mac === 'string' ? mac : '', 'base64url');
      const expected = Buffer.from(macOf(person), 'base64url');
      if (person.id === id && given.length === expected.length && timingSafeEqual(given, expected)) return person;
      throw new AccountAltered(id);
    },
  };
}

/** JSON with the keys of every object in order of code units (as RFC 8785 §3.2.3), so that one content has one spelling. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
