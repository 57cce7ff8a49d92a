/** Which text from outside is acceptable as a name or a line: imports and claims are checked with it. */
import { z } from 'zod';

/**
 * No control characters, and no characters that change the direction of the text around them. The two joiners are
 * permitted: without ZWNJ (U+200C) Persian and without ZWJ (U+200D) Malayalam and Sinhala names are misspelt (RFC 5892,
 * appendix A.1 and A.2).
 */
const unwanted = String.raw`(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]`;
const oneLine = new RegExp(`^(?:(?!${unwanted})[^])*$`, 'u');
const someLines = new RegExp(String.raw`^(?:\r?\n|(?!${unwanted})[^])*$`, 'u');

/** White space and joiners at the ends have no meaning. */
const ends = /^[\s\u200c\u200d]+|[\s\u200c\u200d]+$/gu;
export const stripEnds = (text: string): string => text.replaceAll(ends, '');

const text = (longest: number, form: RegExp) =>
  z.string().transform(stripEnds).pipe(z.string().min(1).max(longest).regex(form, 'must not have control characters'));

/** One line, 1 to `longest` UTF-16 units after trimming. */
export const plainText = (longest: number) => text(longest, oneLine);
/** The same with line breaks, as in a postal address. */
export const plainLines = (longest: number) => text(longest, someLines);

/** Removes members that are `null`, at every depth: they count as absent. Members named in `except` stay. */
export function withoutNulls(value: unknown, except: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutNulls(one, except));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    kept.map(([name, member]) => [name, except.includes(name) ? member : withoutNulls(member, except)]),
  );
}
