/**
 * The code on the letter of an activation: eleven characters by chance (55 bits) and one that checks them, in three
 * groups. The check finds every single wrong character and every two that changed places, so that a typing mistake
 * costs no try. Pure but for chance.
 */
import { randomBytes } from 'node:crypto';

/** The base-32 alphabet of Crockford: no letter in it looks like a digit. Its 32 signs are the numbers of a field. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const drawn = 11;
const groupLength = 4;
/** x⁵ + x² + 1, which is primitive: the powers of 2 are the 31 numbers from 1 on. */
const polynomial = 0b100101;

/** Twice the number, in the field of 32 numbers. */
const doubled = (value: number): number => (value & 16 ? (value << 1) ^ polynomial : value << 1);

/** Each place has a weight of its own: the sum of a right code, with its check, is 0. */
const sum = (values: readonly number[]): number => values.reduce((total, value) => doubled(total) ^ value, 0);

/** `7K2M-QX4D-9TB3`, as it is printed. @param bytes eleven random bytes */
export function makePaperCode(bytes: Uint8Array = randomBytes(drawn)): string {
  const values = Array.from(bytes.slice(0, drawn), (byte) => byte & 31);
  const check = sum([...values, 0]);
  return grouped([...values, check].map((value) => alphabet[value]).join(''));
}

const grouped = (code: string): string =>
  [0, 1, 2].map((group) => code.slice(group * groupLength, (group + 1) * groupLength)).join('-');

/**
 * As it was drawn, whatever the case, and whatever stands between the groups; O, I and L are read as digits.
 * `undefined`: something was mistyped.
 */
export function readPaperCode(typed: string): string | undefined {
  if (typed.length > 100) return undefined;
  const written = typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}._/]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  const values = Array.from(written).map((sign) => alphabet.indexOf(sign));
  if (values.length !== drawn + 1 || values.includes(-1) || sum(values) !== 0) return undefined;
  return grouped(written);
}
