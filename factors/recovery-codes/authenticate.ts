/** Asks for a recovery code, and judges it. */
import { accepted, refused } from '../contract.ts';
import type { Challenged, Input, Outcome, Proved, Tools } from '../contract.ts';
import { codesInSet, readCode } from './code.ts';
import type { Settings } from './settings.ts';
import type { Challenge, Facts, Secret } from './states.ts';

export const leftOf = ({ used }: Secret): number => codesInSet - new Set(used).size;

/** Asks for any unused code of the set. */
export async function challenge(_tools: Tools<Settings>, secret: Secret): Promise<Outcome<Challenged<Challenge>>> {
  if (leftOf(secret) === 0) return refused('key_exhausted');
  return accepted({ challenge: { version: 1, set: secret.set }, shows: {} });
}

/**
 * Checks one hash, that of the number at the beginning of the code. Only a person who has the code learns that it was
 * used.
 */
export async function verify(
  { hash }: Tools<Settings>,
  secret: Secret,
  { set }: Challenge,
  input: Input,
): Promise<Outcome<Proved<Secret, Facts>>> {
  const typed = readCode(input);
  if (!typed.ok) return typed;
  const { code, index } = typed.value;
  if (set !== secret.set) return refused('code_expired');
  const expected = secret.hashes[index];
  if (expected === undefined || !(await hash.matches(expected, code))) return refused('code_wrong');
  if (secret.used.includes(index)) return refused('code_used');
  return accepted({ secret: { ...secret, used: [...secret.used, index] }, facts: {} });
}
