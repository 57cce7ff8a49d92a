/**
 * How many keys of one factor an account holds at most: its document is read at every sign-in, and a person could
 * make it grow without end. Pure. Asked where keys are offered, and in the write that binds one.
 */
import type { Key } from '../accounts/person.ts';
import type { FactorId } from '../factors/contract.ts';

/** Keys that work or are blocked; nobody carries so many telephones. */
export const mostOfOneFactor = 20;

/** @param replaces id of the key that makes room for the new one */
export function hasRoom(keys: readonly Key[], factor: FactorId, replaces?: string): boolean {
  const held = keys.filter((key) => key.factor === factor && key.status !== 'off' && key.id !== replaces);
  return held.length < mostOfOneFactor;
}
