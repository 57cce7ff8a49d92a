import { describe, expect, test } from '@jest/globals';
import { blockOf, isKeptNumber, maskPhoneNumber, readPhoneNumber } from './phone-number.ts';

const invalid = { ok: false, reason: 'number_invalid' };
const refusedNumber = { ok: false, reason: 'number_refused' };

describe('a Belgian number in any notation', () => {
  test.each([
    '0470123456',
    '0470 12 34 56',
    '0470/12.34.56',
    '0470-12-34-56',
    '0470–12–34–56',
    '(0470) 123456',
    ' 0470 12 34 56 ',
    '0470\u00a012\u202f34\u200956',
    '+32470123456',
    '+32 470 12 34 56',
    '+32 (0)470 12 34 56',
    '+32(0)470123456',
    '0032470123456',
    '00 32 470 12 34 56',
    '0032 (0) 470 12 34 56'.replace('(0) ', '(0)'),
    '+32 0470 12 34 56',
    '＋３２４７０１２３４５６',
    '０４７０ １２ ３４ ５６',
    '32 470 12 34 56',
  ])('%j', (typed) => {
    expect(readPhoneNumber(typed, 'BE')).toEqual({ ok: true, value: { number: '+32470123456', country: 'BE' } });
  });
});

describe('foreign numbers', () => {
  test.each([
    ['+31 6 12345678', 'NL', '+31612345678'],
    ['+33 6 12 34 56 78', 'FR', '+33612345678'],
    ['+49 1512 3456789', 'DE', '+4915123456789'],
    ['+352 621 123 456', 'LU', '+352621123456'],
    // Where landlines and mobiles share their ranges the number is accepted.
    ['+1 202 555 0123', 'US', '+12025550123'],
    ['+1 416 555 0123', 'CA', '+14165550123'],
    ['+44 7400 123456', 'GB', '+447400123456'],
  ])('%s is of %s', (typed, country, number) => {
    expect(readPhoneNumber(typed, 'BE')).toEqual({ ok: true, value: { number, country } });
  });
});

describe('refused numbers', () => {
  test.each([
    '',
    ' ',
    '+',
    '0',
    '00',
    'abc',
    'jan@example.org',
    '0470 12 34',
    '0470 12 34 56 78',
    '0470 12 34 5a',
    'O470 12 34 56',
    '++32470123456',
    '+32+470123456',
    '32470123456+',
    '0470 12 34 56 ext 7',
    '0470123456x7',
    '0470123456;ext=7',
    '0470123456#7',
    '0470123456,7',
    '0470123456*7',
    '*31#0470123456',
    '0470123456, 0470123457',
    '0470123456;0470123457',
    '0470123456\u0000',
    'tel:+32470123456',
    'my number is 0470123456',
    '1-800-FLOWERS',
    '+32٤٧٠١٢٣٤٥٦',
    '+999 470 12 34 56',
    '+32 400 12 34 56',
    '112',
    '1212',
    '9'.repeat(41),
    '+32470123456'.padEnd(1024, ' '),
    '+882 16 1234 5678',
  ])('%j', (typed) => {
    expect(readPhoneNumber(typed, 'BE')).toEqual(invalid);
  });

  test('a national number without a configured country, or with an unknown one', () => {
    expect(readPhoneNumber('0470123456')).toEqual(invalid);
    expect(readPhoneNumber('0470123456', 'XX')).toEqual(invalid);
    expect(readPhoneNumber('0032470123456')).toMatchObject({ ok: true });
  });
});

describe('B12-08 numbers that get no text messages, or that are expensive to send to', () => {
  test.each([
    ['a landline', '02 555 12 34'],
    ['premium rate', '0900 12 345'],
    ['premium rate abroad', '+44 909 879 0000'],
    ['premium rate in America', '+1 900 234 5678'],
    ['freephone', '0800 12 345'],
    ['shared cost', '+44 845 464 0000'],
    ['a personal number', '+44 70 1234 5678'],
    ['internet telephony', '+44 56 1234 5678'],
    ['a pager', '+44 76 4012 3456'],
    ['one number for a firm', '+44 55 1234 5678'],
  ])('%s: %s', (_name, typed) => {
    expect(readPhoneNumber(typed, 'BE')).toEqual(refusedNumber);
  });
});

test('the stored form is read unchanged', () => {
  expect(isKeptNumber('+32470123456')).toBe(true);
  for (const other of ['0470123456', '+32 470123456', '0032470123456', '+3225551234', '+32470123456 ', ''])
    expect({ other, kept: isKeptNumber(other) }).toEqual({ other, kept: false });
});

test('the masked form shows the country and two digits', () => {
  expect(maskPhoneNumber('+32470123456')).toBe('+32 … 56');
  expect(maskPhoneNumber('+12025550123')).toBe('+1 … 23');
  expect(maskPhoneNumber('+')).toBe('+ … +');
});

test('neighbouring numbers are in one block', () => {
  expect(blockOf('+32470123456', 4)).toEqual({ country: 'BE', block: '+324701' });
  expect(blockOf('+32470199999', 4)).toEqual({ country: 'BE', block: '+324701' });
  expect(blockOf('+12425550123', 4)).toEqual({ country: 'BS', block: '+12425' });
  expect(blockOf('+9', 4)).toEqual({ country: 'none', block: '+9' });
});
