/** Reads a typed code as people write codes. */
import { accepted, refused } from '../contract.ts';
import type { Input, Outcome } from '../contract.ts';

/**
 * Reads the digits that a person typed, pasted or wrote in any script: folds compatibility forms (full-width digits,
 * NFKC, UAX #15), converts the decimal digits of every script to 0 to 9, and removes what people and programs put
 * between digits: white space, dashes, and invisible characters (zero-width, direction, soft hyphen). Nothing else is
 * accepted. Done once and in one place, so that a padded code is the same code for counting and for single use. Refuses
 * with `code_malformed` if the result is not exactly `digits` digits.
 */
export function normaliseCode(input: Input, digits: number, field = 'code'): Outcome<string> {
  const code = foldTyped(input, field);
  return code?.length === digits && /^[0-9]+$/.test(code) ? accepted(code) : refused('code_malformed');
}

/** The same for codes with letters: folded, without separators. `undefined`: nothing was sent, or too much. */
export function foldTyped(input: Input, field = 'code'): string | undefined {
  const typed = Object.hasOwn(input, field) ? input[field] : undefined;
  if (typeof typed !== 'string' || typed.length > longest) return undefined;
  return typed
    .normalize('NFKC')
    .replaceAll(between, '')
    .replaceAll(decimal, (digit) => String(digitValue(digit)));
}

const longest = 1024;
/** White space, dashes (Pd; the minus sign, the hyphen bullet), format characters (Cf). */
const between = /[\s\p{Pd}\p{Cf}\u2212\u2043]/gu;
const decimal = /\p{Nd}/gu;
const isDecimal = (point: number): boolean => /^\p{Nd}$/u.test(String.fromCodePoint(point));

/**
 * Decimal digits stand in runs of ten, zero first (The Unicode Standard, §4.6): the value is the distance from the
 * start of the run.
 */
function digitValue(digit: string): number {
  const point = digit.codePointAt(0) ?? 0;
  let start = point;
  while (isDecimal(start - 1)) start -= 1;
  return (point - start) % 10;
}
