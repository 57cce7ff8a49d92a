import { expect, test } from '@jest/globals';
import { forecastOf } from './forecast.ts';

const facts = { left: 100, daysLeft: 10, isOfClient: false };
const days = (count: number, moved: number) => Array.from({ length: count }, () => moved);

test('A-346 a straight line over the last fourteen whole days, with the range of its weeks', () => {
  expect(forecastOf({ ...facts, moved: [...days(5, 90), ...days(7, 2), ...days(7, 4)] })).toEqual({
    method: 'linear over the last 14 whole days',
    over: 14,
    perDay: 3,
    daysLeft: 10,
    left: 70,
    range: [60, 80],
  });
  expect(forecastOf({ ...facts, moved: [1, 2, 3] })).toMatchObject({ over: 3, perDay: 2, left: 80, range: [80, 80] });
});

test('A-346 nobody is left twice: never below none', () =>
  expect(forecastOf({ ...facts, moved: days(14, 50) })).toMatchObject({ left: 0, range: [0, 0] }));

test.each([
  ['too_few_days', { moved: [5, 5] }],
  ['no_last_day', { moved: days(14, 1), daysLeft: undefined }],
  ['over', { moved: days(14, 1), daysLeft: 0 }],
  ['one_relying_party', { moved: days(14, 1), isOfClient: true }],
] as const)('A-346 none where it would be a guess: %s', (none, given) =>
  expect(forecastOf({ ...facts, ...given })).toEqual({ none }),
);
