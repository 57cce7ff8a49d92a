import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  addDays,
  dayOf,
  daysUntil,
  endOfDay,
  instantMeant,
  isDay,
  isZone,
  lastDayBefore,
  startOfDay,
} from './calendar.ts';

const iso = (instant: number) => new Date(instant).toISOString();

test.each([
  ['2024-01-30', 'Europe/Brussels', '2024-01-29T23:00:00.000Z', '2024-01-30T23:00:00.000Z'],
  ['2024-02-29', 'Europe/Brussels', '2024-02-28T23:00:00.000Z', '2024-02-29T23:00:00.000Z'],
  ['2024-12-31', 'Europe/Brussels', '2024-12-30T23:00:00.000Z', '2024-12-31T23:00:00.000Z'],
  // The days of 23 and of 25 hours.
  ['2024-03-31', 'Europe/Brussels', '2024-03-30T23:00:00.000Z', '2024-03-31T22:00:00.000Z'],
  ['2024-10-27', 'Europe/Brussels', '2024-10-26T22:00:00.000Z', '2024-10-27T23:00:00.000Z'],
  // Midnight does not exist: the day begins at 01:00.
  ['2024-03-31', 'Asia/Beirut', '2024-03-30T22:00:00.000Z', '2024-03-31T21:00:00.000Z'],
  ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z', '2018-11-05T02:00:00.000Z'],
  // Midnight exists twice: the first one counts.
  ['2018-02-18', 'America/Sao_Paulo', '2018-02-18T03:00:00.000Z', '2018-02-19T03:00:00.000Z'],
  ['2024-06-30', 'UTC', '2024-06-30T00:00:00.000Z', '2024-07-01T00:00:00.000Z'],
  ['2024-06-30', 'Pacific/Kiritimati', '2024-06-29T10:00:00.000Z', '2024-06-30T10:00:00.000Z'],
])('%s in %s begins at %s and is over at %s', (day, zone, start, end) => {
  expect([iso(startOfDay(day, zone)), iso(endOfDay(day, zone))]).toEqual([start, end]);
});

test('a day that a zone skipped (Samoa, 30 December 2011) is empty, and its neighbours meet', () => {
  const zone = 'Pacific/Apia';
  expect(endOfDay('2011-12-29', zone)).toBe(startOfDay('2011-12-31', zone));
});

test('until and including 30 January ends at 31 January 00:00 Brussels, to the millisecond', () => {
  const end = endOfDay('2024-01-30', 'Europe/Brussels');
  expect(end).toBe(Date.parse('2024-01-31T00:00:00+01:00'));
  expect([end - 1, end, end + 1].map((instant) => dayOf(instant, 'Europe/Brussels'))).toEqual([
    '2024-01-30',
    '2024-01-31',
    '2024-01-31',
  ]);
  expect(lastDayBefore(end, 'Europe/Brussels')).toBe('2024-01-30');
  expect([end - 1, end, end + 1].map((instant) => daysUntil(end, instant, 'Europe/Brussels'))).toEqual([1, 0, 0]);
});

test('remaining days are calendar days, not periods of 24 hours', () => {
  const zone = 'Europe/Brussels';
  const end = endOfDay('2024-04-01', zone);
  expect(daysUntil(end, Date.parse('2024-03-30T23:59:59.999+01:00'), zone)).toBe(3);
  expect(daysUntil(end, Date.parse('2024-03-31T00:00:00+01:00'), zone)).toBe(2);
  expect(daysUntil(end, Date.parse('2024-03-31T23:59:59.999+02:00'), zone)).toBe(2);
  expect(daysUntil(end, Date.parse('2024-04-01T00:00:00+02:00'), zone)).toBe(1);
});

test.each(['2023-02-29', '2024-02-30', '2024-13-01', '2024-1-3', '24-01-03', '2024-01-03T00:00', ' 2024-01-03', ''])(
  '%p is not a day',
  (text) => {
    expect(isDay(text)).toBe(false);
    expect(() => startOfDay(text, 'UTC')).toThrow(RangeError);
  },
);

test('zones are names of the IANA database', () => {
  expect(['Europe/Brussels', 'UTC', 'America/Argentina/Buenos_Aires'].map(isZone)).toEqual([true, true, true]);
  expect(['Europe/Brusels', '+01:00', '', 'Brussels', '__proto__'].map(isZone)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('for every day and zone: the day has its instants, and days follow each other without a gap', () => {
  const zones = ['Europe/Brussels', 'America/New_York', 'Asia/Beirut', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'];
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20_000 }), fc.constantFrom(...zones), (offset, zone) => {
      const day = addDays('2000-01-01', offset);
      const [start, end] = [startOfDay(day, zone), endOfDay(day, zone)];
      expect(end - start).toBeGreaterThanOrEqual(23 * 3_600_000);
      expect(dayOf(start, zone)).toBe(day);
      expect(dayOf(start - 1, zone)).toBe(addDays(day, -1));
      expect(dayOf(end - 1, zone)).toBe(day);
      expect(startOfDay(addDays(day, 1), zone)).toBe(end);
      expect(daysUntil(end, start, zone)).toBe(1);
    }),
  );
});

test.each([
  ['2024-01-30', 'Europe/Brussels', Date.parse('2024-01-29T23:00:00Z')],
  ['2024-01-30T09:00', 'Europe/Brussels', Date.parse('2024-01-30T08:00:00Z')],
  ['2024-01-30T09:00:30', 'UTC', Date.parse('2024-01-30T09:00:30Z')],
  ['2024-01-30T09:00+05:00', 'Europe/Brussels', Date.parse('2024-01-30T04:00:00Z')],
  ['2024-01-30T09:00Z', 'Europe/Brussels', Date.parse('2024-01-30T09:00:00Z')],
  ['2024-03-31T02:00', 'Europe/Brussels', 'skipped'],
  ['2024-03-31T02:59', 'Europe/Brussels', 'skipped'],
  ['2024-03-31T03:00', 'Europe/Brussels', Date.parse('2024-03-31T01:00:00Z')],
  ['2024-10-27T01:59', 'Europe/Brussels', Date.parse('2024-10-26T23:59:00Z')],
  ['2024-10-27T02:00', 'Europe/Brussels', 'twice'],
  ['2024-10-27T02:59', 'Europe/Brussels', 'twice'],
  ['2024-10-27T03:00', 'Europe/Brussels', Date.parse('2024-10-27T02:00:00Z')],
  ['2024-02-30T09:00', 'UTC', 'none'],
  ['2024-01-30T24:00', 'UTC', 'none'],
  ['2024-01-30T09:60', 'UTC', 'none'],
  ['9999-12-31', 'UTC', 'none'],
  ['0999-12-31T00:00', 'UTC', 'none'],
  ['2024-01-30 09:00', 'UTC', 'none'],
  ['', 'UTC', 'none'],
] as const)('A-316 the time %j in %s', (written, zone, meant) => expect(instantMeant(written, zone)).toBe(meant));
