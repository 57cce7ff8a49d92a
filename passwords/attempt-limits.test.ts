import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  inThirtyDays,
  mayTry,
  noAttempts,
  raisedByDay,
  settledBySuccess,
  uncounted,
  type AttemptLimits,
} from './attempt-limits.ts';

const limits: AttemptLimits = { pauseAfter: 5, blockAfter: 50, blockAfterIn30Days: 100 };
const day = 86_400_000;
const start = Date.parse('2024-01-10T11:00:00Z');

test('A-207b: in any thirty days at most 100 wrong answers are compared, whatever is right in between', () => {
  const tries = fc.array(
    fc.record({ wait: fc.integer({ min: 0, max: day }), right: fc.boolean(), times: fc.integer({ min: 1, max: 6 }) }),
    { minLength: 50, maxLength: 400 },
  );
  fc.assert(
    fc.property(tries, (given) => {
      let now = start;
      let attempts = noAttempts;
      const wrong: number[] = [];
      for (const { wait, right, times } of given) {
        now += wait;
        for (let time = 0; time < times; time += 1) {
          if (mayTry(attempts, now, limits).kind !== 'yes') continue;
          attempts = raisedByDay(attempts, now);
          wrong.push(now);
        }
        if (!right || mayTry(attempts, now + day, limits).kind === 'blocked') continue;
        const before = inThirtyDays(attempts, now);
        attempts = settledBySuccess(raisedByDay(attempts, now));
        expect([attempts.count, inThirtyDays(attempts, now)]).toEqual([0, before]);
      }
      for (const end of wrong)
        expect(wrong.filter((at) => at > end - 30 * day && at <= end).length).toBeLessThanOrEqual(100);
      expect(Object.keys(attempts.days ?? {}).length).toBeLessThanOrEqual(31);
    }),
    { numRuns: 60 },
  );
});

test('A-207b: five wrong and one right, day by day: blocked at the hundredth, and time alone gives tries back', () => {
  let attempts = noAttempts;
  let compared = 0;
  let now = start;
  for (let round = 0; round < 30; round += 1, now += day) {
    for (let guess = 0; guess < 5; guess += 1) {
      if (mayTry(attempts, now, limits).kind !== 'yes') continue;
      attempts = raisedByDay(attempts, now);
      compared += 1;
    }
    if (mayTry(attempts, now + 3_600_000, limits).kind === 'yes')
      attempts = settledBySuccess(raisedByDay(attempts, now));
  }
  expect(compared).toBe(100);
  expect(mayTry(attempts, now, limits).kind).toBe('blocked');
});

test('what was no failure is taken back from the row and from the day', () => {
  const twice = raisedByDay(raisedByDay(noAttempts, start), start + 1);
  expect(uncounted(twice)).toEqual({ count: 1, lastAt: start + 1, days: { [Math.floor(start / day)]: 1 } });
  expect(uncounted(uncounted(twice))).toEqual(noAttempts);
  expect(settledBySuccess(raisedByDay(noAttempts, start))).toEqual(noAttempts);
});
