import { accepted, refused } from '../contract.ts';
import type { Input, Outcome } from '../contract.ts';

/**
 * The digits a person meant: compatibility forms folded (full-width digits, NFKC, Unicode UAX #15), white space dropped, nothing else forgiven.
 * Done in one place and once, so that a padded code is the same code for counting and for single use, or no code at all.
 * Refuses with `code_malformed` whatever is not exactly `digits` digits afterwards.
 */
export function normaliseCode(input: Input, digits: number, field = 'code'): Outcome<string> {
  const typed = Object.hasOwn(input, field) ? input[field] : undefined;
  if (typeof typed !== 'string' || typed.length > longest) return refused('code_malformed');
  const code = typed.normalize('NFKC').replace(/\s+/gu, '');
  return code.length === digits && /^[0-9]+$/.test(code) ? accepted(code) : refused('code_malformed');
}

const longest = 1024;
