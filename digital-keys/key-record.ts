/** Facts of a key's own record for judging an answer. Pure; called by `verify-key.ts`. */
import type { Key, Person } from '../accounts/person.ts';
import type { Assurance } from '../factors/contract.ts';
import { rank } from '../factors/policy/assurance.ts';

/** A newer code was sent for the key since. */
export const isReplaced = ({ sentAt }: { readonly sentAt?: number }, { codeAt }: Key): boolean =>
  sentAt !== undefined && codeAt !== undefined && sentAt !== codeAt;

/** A key that has proved more than at its binding keeps that higher level. */
export const strongerOf = ({ strength }: Key, proved: Assurance): Pick<Key, 'strength'> =>
  strength !== undefined && rank(proved.strength) > rank(strength) ? { strength: proved.strength } : {};

export function activeKey(person: Person, keyId: string): Key | undefined {
  return person.keys.find(({ id, status }) => id === keyId && status === 'active');
}

export function blockedKey(person: Person, keyId: string): boolean {
  return person.keys.some(({ id, status }) => id === keyId && status === 'blocked');
}
