import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { normaliseCode } from './normalise-code.ts';

const code = (typed: string, digits = 6) => normaliseCode({ code: typed }, digits);

test.each([
  ['as it is', '012345'],
  ['in groups', '012 345'],
  ['with spaces around', '  012345\t\n'],
  ['with every digit apart', '0 1 2 3 4 5'],
  ['with no-break and thin spaces', '012\u00a0\u2009345'],
  ['with an ideographic space', '012\u3000345'],
  ['full-width', '\uff10\uff11\uff12\uff13\uff14\uff15'],
  ['mathematical bold digits', Array.from('012345', (digit) => String.fromCodePoint(0x1d7ce + Number(digit))).join('')],
  ['with a hyphen', '012-345'],
  ['with an en dash', '012\u2013345'],
  ['with an em dash, a figure dash and a minus', '0\u201412\u201234\u22125'],
  ['with a non-breaking hyphen and a soft hyphen', '01\u201123\u00ad45'],
  ['with a leading dash, as copied from a list', '- 012345'],
  ['with a zero-width space', '012\u200b345'],
  ['with a word joiner and a byte order mark', '\ufeff012\u2060345'],
  ['with marks of direction', '\u200f\u202a012345\u202c\u200e\u2066\u2069'],
  ['Arabic digits', '\u0660\u0661\u0662\u0663\u0664\u0665'],
  ['Persian digits', '\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5'],
  ['Devanagari digits', '\u0966\u0967\u0968\u0969\u096a\u096b'],
  ['digits of three scripts', '0\u0661\u096834\u09eb'],
])('B2-10: %s', (_name, typed) => {
  expect(code(typed)).toEqual({ ok: true, value: '012345' });
});

test.each([
  ['nothing', ''],
  ['only spaces', '      '],
  ['a digit too few', '12345'],
  ['a digit too many, in front', '0012345'],
  ['a digit too many, behind', '0123450'],
  ['a sign', '+12345'],
  ['a sign and all digits', '+012345'],
  ['a minus and a digit too few', '-12345'],
  ['only dashes', '------'],
  ['Roman numerals and Chinese numbers', '\u2160\u4e8c345\u516d'],
  ['an underscore', '012_345'],
  ['a fraction', '12345.0'],
  ['an exponent', '1234e1'],
  ['hexadecimal', '0x1234'],
  ['a fraction sign that folds to more', '01234\u00bd'],
  ['letters like digits', 'OI2345'],
  ['a NUL', '012345\u0000'],
  ['SQL', "012345'--"],
  ['too much of it', ' '.repeat(1020) + '012345'],
])('B2-10: %s is no code', (_name, typed) => {
  expect(code(typed)).toEqual({ ok: false, reason: 'code_malformed' });
});

test('only the field itself is read, and only a text', () => {
  expect(normaliseCode({}, 6)).toEqual({ ok: false, reason: 'code_malformed' });
  expect(normaliseCode({ other: '012345' }, 6)).toEqual({ ok: false, reason: 'code_malformed' });
  expect(normaliseCode(Object.create({ code: '012345' }), 6)).toEqual({ ok: false, reason: 'code_malformed' });
  expect(normaliseCode(JSON.parse('{"code":12345}'), 5)).toEqual({ ok: false, reason: 'code_malformed' });
  expect(normaliseCode(JSON.parse('{"code":["012345"]}'), 6)).toEqual({ ok: false, reason: 'code_malformed' });
  expect(normaliseCode({ answer: '0123 4567' }, 8, 'answer')).toEqual({ ok: true, value: '01234567' });
});

test('A-222a property: every decimal digit of Unicode has its value, which stands in runs of ten', () => {
  const points: number[] = [];
  for (let point = 0; point <= 0x10ffff; point += 1)
    if ((point < 0xd800 || point > 0xdfff) && /^\p{Nd}$/u.test(String.fromCodePoint(point))) points.push(point);
  expect(points.length).toBeGreaterThan(600);
  for (const [index, point] of points.entries()) {
    // In code point order the digits of Unicode come as 0 … 9, 0 … 9, whatever gaps lie between the runs.
    const typed = String.fromCodePoint(point).repeat(6);
    expect(code(typed)).toEqual({ ok: true, value: String(index % 10).repeat(6) });
  }
});

test('A-222a property: separators between the digits do not change the code', () => {
  const filler = fc.constantFrom(
    ' ',
    '-',
    '\u2013',
    '\u200b',
    '\u200c',
    '\u200d',
    '\u200e',
    '\u202e',
    '\u2060',
    '\u00ad',
    '\u3000',
    '',
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 999_999 }),
      fc.array(filler, { minLength: 7, maxLength: 7 }),
      (number, between) => {
        const digits = String(number).padStart(6, '0');
        const typed = between.map((one, at) => one + (digits[at] ?? '')).join('');
        expect(code(typed)).toEqual({ ok: true, value: digits });
      },
    ),
  );
});
