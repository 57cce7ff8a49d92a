import { expect, test } from '@jest/globals';
import { breakable, writeDate } from './dates.ts';

const brussels = 'Europe/Brussels';

test.each([
  ['nl', '30 januari 2024', '30 januari 2024 om 14:32'],
  ['fr', '30 janvier 2024', '30 janvier 2024 à 14:32'],
  ['de', '30. Januar 2024', '30. Januar 2024 um 14:32 Uhr'],
  ['en', '30 January 2024', '30 January 2024 at 14:32'],
] as const)('written out in %s', (language, date, moment) => {
  const instant = Date.UTC(2024, 0, 30, 13, 32);
  expect(breakable(writeDate('date', language, instant, brussels))).toBe(date);
  expect(breakable(writeDate('moment', language, instant, brussels))).toBe(moment);
  expect(writeDate('time', language, instant, brussels)).toBe('14:32');
});

test.each([
  ['nl', '30\u00A0januari 2024', '30\u00A0januari 2024 om\u00A014:32'],
  ['fr', '30\u00A0janvier 2024', '30\u00A0janvier 2024 à\u00A014:32'],
  ['de', '30.\u00A0Januar 2024', '30.\u00A0Januar 2024 um\u00A014:32\u00A0Uhr'],
  ['en', '30\u00A0January 2024', '30\u00A0January 2024 at\u00A014:32'],
] as const)(
  'a line may end before the year and the time, and nowhere else within date or time: %s',
  (language, date, moment) => {
    const instant = Date.UTC(2024, 0, 30, 13, 32);
    expect(writeDate('date', language, instant, brussels)).toBe(date);
    expect(writeDate('moment', language, instant, brussels)).toBe(moment);
  },
);

test('the day is the day in the zone, to the millisecond', () => {
  const midnight = Date.UTC(2024, 0, 30, 23);
  expect(breakable(writeDate('date', 'nl', midnight - 1, brussels))).toBe('30 januari 2024');
  expect(breakable(writeDate('date', 'nl', midnight, brussels))).toBe('31 januari 2024');
  expect(writeDate('time', 'nl', midnight, brussels)).toBe('00:00');
});

test('the first of a month is an ordinal in French', () => {
  expect(breakable(writeDate('date', 'fr', Date.UTC(2024, 1, 1), 'UTC'))).toBe('1er février 2024');
  expect(breakable(writeDate('date', 'fr', Date.UTC(2024, 1, 11), 'UTC'))).toBe('11 février 2024');
});

test('a time without a place says so', () => {
  expect(breakable(writeDate('moment', 'en', 0, 'UTC'))).toBe('1 January 1970 at 00:00 UTC');
  expect(breakable(writeDate('date', 'en', 0, 'UTC'))).toBe('1 January 1970');
});

test('an unknown zone is a fault', () => {
  expect(() => writeDate('date', 'en', 0, 'Europe/Nowhere')).toThrow(RangeError);
});
