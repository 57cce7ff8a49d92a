import { accepted, refused } from '../contract.ts';
import type { Input, Outcome } from '../contract.ts';

/**
 * The digits a person meant, as they are typed, pasted or written in any script: compatibility forms folded (full-width digits, NFKC, UAX #15), the
 * decimal digits of every script taken as 0 to 9, and what people and programs put between digits left out: white space, dashes, and signs that
 * nobody sees (zero-width, direction, soft hyphen). Nothing else is forgiven. Done in one place and once, so that a padded code is the same code for
 * counting and for single use, or no code at all. Refuses with `code_malformed` what is not exactly `digits` digits afterwards.
 */
export function normaliseCode(input: Input, digits: number, field = 'code'): Outcome<string> {
  const code = foldTyped(input, field);
  return code?.length === digits && /^[0-9]+$/.test(code) ? accepted(code) : refused('code_malformed');
}

/** The same for codes that have letters: what was typed, folded and without what stands between. `undefined`: nothing was sent, or too much. */
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

/** Decimal digits stand in runs of ten, zero first (The Unicode Standard, §4.6): the value is the distance from the start of the run. */
function digitValue(digit: string): number {
  const point = digit.codePointAt(0) ?? 0;
  let start = point;
  while (isDecimal(start - 1)) start -= 1;
  return (point - start) % 10;
}
