import { expect, test } from '@jest/globals';
import { blankAccount } from '../test/harness/blank-account.ts';
import { finishWithin, unfinishedOf, withoutUnfinished, withUnfinished } from './unfinished-enrolments.ts';

const person = { ...blankAccount, id: 'p1', username: 'an' };
const now = Date.parse('2024-01-10T10:00:00Z');

test('A-630 an enrolment that was begun counts for two days, to the millisecond, and one of each factor', () => {
  const begun = withUnfinished(person, 'app', 'one', now);
  for (const [offset, counts] of [
    [-1, false],
    [0, true],
    [finishWithin - 1, true],
    [finishWithin, false],
    [finishWithin + 1, false],
  ] as const)
    expect([offset, unfinishedOf(begun, 'app', now + offset) !== undefined]).toEqual([offset, counts]);
  expect(unfinishedOf(begun, 'other', now)).toBeUndefined();
  expect(unfinishedOf(withUnfinished(begun, 'app', 'two', now + 5), 'app', now + 5)?.sealed).toBe('two');
  expect(Object.keys(withUnfinished(begun, 'other', 'x', now + finishWithin).unfinished ?? {})).toEqual(['other']);
});

test('A-630 what ends all sessions of a person ends it, and a key from it does', () => {
  const begun = withUnfinished(person, 'app', 'one', now);
  expect(unfinishedOf({ ...begun, sessionsEnded: 1 }, 'app', now)).toBeUndefined();
  expect(withoutUnfinished(begun, 'app')).toEqual(person);
  expect(withoutUnfinished(begun, 'other')).toBe(begun);
});
