import { expect, test } from '@jest/globals';
import { tolerated } from '../cluster/clock-skew.ts';
import type { Attempts } from '../accounts/person.ts';
import {
  clocksApart,
  inThirtyDays,
  isBlocked,
  isNothingCounted,
  mayTry,
  noAttempts,
  pauseAfter,
  raised,
  raisedByDay,
  settledBySuccess,
  slowLimit,
  uncounted,
} from './attempt-limits.ts';

const limits = { pauseAfter: 5, blockAfter: 50 };
const now = 1_000_000;

test('A-210c the tolerated clock difference is the same everywhere', () => expect(clocksApart).toBe(tolerated));

test.each([
  [-1, 'paused'],
  [0, 'paused'],
  [1, 'yes'],
])('A-210c a failure judged %i ms beyond what clocks may differ: %s', (beyond, kind) =>
  expect(mayTry({ count: 6, lastAt: now + clocksApart + beyond }, now, limits).kind).toBe(kind),
);

test('A-210c a failure from the future counts all the same', () =>
  expect(mayTry({ count: 50, lastAt: now + 3_600_000 }, now, limits)).toEqual({ kind: 'blocked' }));

const second = 1_000;
const hour = 3_600_000;
const day = 86_400_000;

test.each([
  [0, 0],
  [4, 0],
  [5, 30 * second],
  [6, 60 * second],
  [11, 1_920 * second],
  [12, hour],
  [49, hour],
  [2_000, hour],
])('after %i failures in a row the next try waits %i ms', (count, ms) => expect(pauseAfter(count, limits)).toBe(ms));

test('a pause ends at its instant, and says when', () => {
  const attempts = { count: 5, lastAt: now };
  expect(mayTry(attempts, now, limits)).toEqual({ kind: 'paused', until: now + 30 * second });
  expect(mayTry(attempts, now + 30 * second - 1, limits)).toEqual({ kind: 'paused', until: now + 30 * second });
  expect(mayTry(attempts, now + 30 * second, limits)).toEqual({ kind: 'yes' });
  expect(mayTry({ count: 4, lastAt: now }, now, limits)).toEqual({ kind: 'yes' });
  expect(mayTry(noAttempts, now, limits)).toEqual({ kind: 'yes' });
});

test('fifty consecutive failures block, whenever they were', () => {
  expect(mayTry({ count: 49, lastAt: 0 }, now + hour, limits)).toEqual({ kind: 'yes' });
  expect(mayTry({ count: 50, lastAt: 0 }, now + 365 * day, limits)).toEqual({ kind: 'blocked' });
  expect(isBlocked({ count: 51, lastAt: 0 }, now, limits)).toBe(true);
});

test('A-207b a hundred failures in thirty days block as well, or as many as the deployment says', () => {
  const at = 40 * day;
  const days = (count: number) => ({ count: 0, lastAt: 0, days: { 39: count } });
  expect([99, 100].map((count) => isBlocked(days(count), at, limits))).toEqual([false, true]);
  const fewer = { ...limits, blockAfterIn30Days: 7 };
  expect([6, 7].map((count) => isBlocked(days(count), at, fewer))).toEqual([false, true]);
  expect([slowLimit(limits), slowLimit(fewer)]).toEqual([100, 7]);
});

test('A-207b the days that thirty days touch count, and no earlier one', () => {
  const days = { 9: 1, 10: 2, 11: 4, 40: 8 };
  const attempts: Attempts = { count: 0, lastAt: 0, days };
  expect(inThirtyDays(attempts, 40 * day)).toBe(14);
  expect(inThirtyDays(attempts, 41 * day - 1)).toBe(14);
  expect(inThirtyDays(attempts, 41 * day)).toBe(12);
  expect(inThirtyDays(noAttempts, 40 * day)).toBe(0);
});

test('a failure adds one to the consecutive count and one to its day; old days are dropped', () => {
  const at = 40 * day + 5;
  expect(raised({ count: 2, lastAt: 1, days: { 3: 1 } }, at)).toEqual({ count: 3, lastAt: at, days: { 3: 1 } });
  expect(raisedByDay(noAttempts, at)).toEqual({ count: 1, lastAt: at, days: { 40: 1 } });
  expect(raisedByDay({ count: 1, lastAt: at, days: { 9: 5, 10: 3, 40: 1 } }, at)).toEqual({
    count: 2,
    lastAt: at,
    days: { 10: 3, 40: 2 },
  });
});

test('a right answer clears the consecutive count; of the days it removes only its own try', () => {
  const lastAt = 40 * day + 5;
  expect(settledBySuccess({ count: 3, lastAt, days: { 39: 2, 40: 2 } })).toEqual({
    count: 0,
    lastAt: 0,
    days: { 39: 2, 40: 1 },
  });
  expect(settledBySuccess({ count: 1, lastAt, days: { 40: 1 } })).toEqual(noAttempts);
  expect(settledBySuccess({ count: 1, lastAt })).toEqual(noAttempts);
});

test('a try that was no failure is removed, and earlier ones stay', () => {
  const lastAt = 40 * day + 5;
  expect(uncounted({ count: 3, lastAt, days: { 39: 2, 40: 1 } })).toEqual({ count: 2, lastAt, days: { 39: 2 } });
  expect(uncounted({ count: 1, lastAt, days: { 40: 1 } })).toEqual(noAttempts);
  expect(uncounted(noAttempts)).toEqual(noAttempts);
});

test('a count of zero need not be stored', () => {
  expect(isNothingCounted(noAttempts)).toBe(true);
  expect(isNothingCounted({ count: 0, lastAt: 0, days: {} })).toBe(true);
  expect(isNothingCounted({ count: 1, lastAt: 0 })).toBe(false);
  expect(isNothingCounted({ count: 0, lastAt: 0, days: { 3: 1 } })).toBe(false);
});
