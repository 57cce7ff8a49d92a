import { expect, test } from '@jest/globals';
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
  ['a minus', '-12345'],
  ['a fraction', '12345.0'],
  ['an exponent', '1234e1'],
  ['hexadecimal', '0x1234'],
  ['hyphens', '012-345'],
  ['Arabic digits', '\u0660\u0661\u0662\u0663\u0664\u0665'],
  ['Devanagari digits', '\u0966\u0967\u0968\u0969\u096a\u096b'],
  ['a fraction sign that folds to more', '01234\u00bd'],
  ['letters like digits', 'OI2345'],
  ['a NUL', '012345\u0000'],
  ['a zero-width space', '012\u200b345'],
  ['a right-to-left mark', '\u200f012345'],
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
