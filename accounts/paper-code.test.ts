// The code on the letter: what is typed of it, and which mistakes it finds. A-489.
import { expect, test } from '@jest/globals';
import { assert, constantFrom, integer, property, uint8Array } from 'fast-check';
import { makePaperCode, readPaperCode } from './paper-code.ts';

const bytes = uint8Array({ minLength: 11, maxLength: 11 });
const signs = Array.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ');

test('A-489 three groups of four signs, none of which looks like another', () => {
  expect(() =>
    assert(
      property(bytes, (given) => /^(?:[0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}$/.test(makePaperCode(given))),
    ),
  ).not.toThrow();
  expect(new Set(Array.from({ length: 1_000 }, () => makePaperCode())).size).toBe(1_000);
});

test.each<[string, (code: string) => string]>([
  ['small letters', (code) => code.toLowerCase()],
  ['without hyphens', (code) => code.replaceAll('-', '')],
  ['with spaces', (code) => ` ${code.replaceAll('-', '  ')}\n`],
  ['with dashes of a word processor', (code) => code.replaceAll('-', ' – ')],
  ['O for 0, l for 1', (code) => code.replaceAll('0', 'o').replaceAll('1', 'l')],
  ['wide forms', (code) => code.replace(/[A-Z0-9]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))],
])('A-489 typed with tolerance: %s', (_name, typed) => {
  const isRead = property(bytes, (given) => readPaperCode(typed(makePaperCode(given))) === makePaperCode(given));
  expect(() => assert(isRead)).not.toThrow();
});

test('A-489 every single wrong sign is found', () => {
  const isFound = property(bytes, integer({ min: 0, max: 13 }), constantFrom(...signs), (given, at, sign) => {
    const code = makePaperCode(given);
    if (code[at] === '-' || code[at] === sign) return true;
    return readPaperCode(code.slice(0, at) + sign + code.slice(at + 1)) === undefined;
  });
  expect(() => assert(isFound)).not.toThrow();
});

test('A-489 every two signs that changed places are found', () => {
  const place = integer({ min: 0, max: 11 });
  const isFound = property(bytes, place, place, (given, one, other) => {
    const plain = Array.from(makePaperCode(given).replaceAll('-', ''));
    if (plain[one] === plain[other]) return true;
    [plain[one], plain[other]] = [plain[other] ?? '', plain[one] ?? ''];
    return readPaperCode(plain.join('')) === undefined;
  });
  expect(() => assert(isFound)).not.toThrow();
});

test.each(['', '7K2M-QX4D', 'U'.repeat(12), '7K2M-QX4D-9TB3-1', '*'.repeat(12), '0'.repeat(4_000), '💳'.repeat(12)])(
  'A-489 %j is no code',
  (typed) => expect(readPaperCode(typed)).toBeUndefined(),
);
