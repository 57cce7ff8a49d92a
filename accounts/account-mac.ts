/**
 * Protects an account document against changes in the store: a keyed MAC (HMAC-SHA-256) over the whole document,
 * written and checked by `person-store.ts`. An attacker who can write the store, but has no root key, cannot insert a
 * password hash, remove a key, lift a block or add a trusted browser: the account is then refused as a fault.
 */
import { timingSafeEqual } from 'node:crypto';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Person } from './person.ts';

/** As the store holds it. */
export type StoredPerson = Person & { readonly mac: string };

/** The account document was altered, copied from another account, or written under another root key. */
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
  // Both stores return members in the order of writing (storage contract suite), so plain JSON gives one text for one
  // content.
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

/** JSON with sorted keys (code units, as RFC 8785 §3.2.3), so that one content has one text. */
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
