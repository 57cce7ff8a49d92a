/**
 * The format of a recovery code, and how typed input is read. The first character is the code's number in the set, so
 * that one hash is checked and not ten.
 */
import { accepted, refused } from '../contract.ts';
import type { Input, Outcome, Random } from '../contract.ts';
import { foldTyped } from '../kit/normalise-code.ts';

export const codesInSet = 10;

/** Digits and capital letters without I, L, O and U, which look like others: 5 bits for each character. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 15 × 5 = 75 bits; NIST SP 800-63B-4 §4.2.1.1 requires at least 64 for a saved recovery code. */
const randomCharacters = 15;
const written = new RegExp(`^[0-9][${alphabet}]{${randomCharacters}}$`);

export function drawCode(random: Random, index: number): string {
  const rest = Array.from({ length: randomCharacters }, () => alphabet[random.int(alphabet.length)]);
  return `${index}${rest.join('')}`;
}

/** In fours, as shown and printed. */
export const groupCode = (code: string): string => code.match(/.{1,4}/g)?.join('-') ?? code;

export interface TypedCode {
  readonly code: string;
  /** Its number in the set, 0 to 9. */
  readonly index: number;
}

/** Reads a typed or pasted code: accepts lower case, spaces, dashes and look-alikes. Otherwise `code_malformed`. */
export function readCode(input: Input): Outcome<TypedCode> {
  const code = foldTyped(input)?.toUpperCase().replaceAll(/[IL]/g, '1').replaceAll('O', '0');
  return code !== undefined && written.test(code)
    ? accepted({ code, index: Number(code[0]) })
    : refused('code_malformed');
}
