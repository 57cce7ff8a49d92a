import { expect, test } from '@jest/globals';
import { tolerated } from '../cluster/clock-skew.ts';
import { clocksApart, mayTry } from './attempt-limits.ts';

const limits = { pauseAfter: 5, blockAfter: 50 };
const now = 1_000_000;

test('A-210c the difference between clocks that is tolerated is one everywhere', () =>
  expect(clocksApart).toBe(tolerated));

test.each([
  [-1, 'paused'],
  [0, 'paused'],
  [1, 'yes'],
])('A-210c a failure judged %i ms beyond what clocks may differ: %s', (beyond, kind) =>
  expect(mayTry({ count: 6, lastAt: now + clocksApart + beyond }, now, limits).kind).toBe(kind),
);

test('A-210c it counts all the same', () =>
  expect(mayTry({ count: 50, lastAt: now + 3_600_000 }, now, limits)).toEqual({ kind: 'blocked' }));
