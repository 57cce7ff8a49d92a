import { expect, test } from '@jest/globals';
import { blankAccount } from '../test/harness/blank-account.ts';
import {
  finishWithin,
  unfinishedOf,
  withoutLapsed,
  withoutUnfinished,
  withUnfinished,
} from './unfinished-enrolments.ts';

const person = { ...blankAccount, id: 'p1', username: 'an' };
const now = Date.parse('2024-01-10T10:00:00Z');

const begin = (sealed: string, at: number, signIn = 'first') => ({ sealed, at, signIn });
const later = (at: number) => ({ signIn: 'second', now: at });

test('A-630 an enrolment that was begun counts for two days, to the millisecond, and one of each factor', () => {
  const begun = withUnfinished(person, 'app', begin('one', now));
  for (const [offset, counts] of [
    [-1, false],
    [0, true],
    [finishWithin - 1, true],
    [finishWithin, false],
    [finishWithin + 1, false],
  ] as const)
    expect([offset, unfinishedOf(begun, 'app', later(now + offset)) !== undefined]).toEqual([offset, counts]);
  expect(unfinishedOf(begun, 'other', later(now))).toBeUndefined();
  expect(unfinishedOf(withUnfinished(begun, 'app', begin('two', now + 5)), 'app', later(now + 5))?.sealed).toBe('two');
});

test('A-630 in the sign-in in which it was begun the person begins from the start again', () => {
  const begun = withUnfinished(person, 'app', begin('one', now));
  expect(unfinishedOf(begun, 'app', { signIn: 'first', now })).toBeUndefined();
});

test('A-630 what counts no more goes with the next sign-in', () => {
  const both = withUnfinished(withUnfinished(person, 'app', begin('one', now)), 'other', begin('x', now + 1));
  expect(withoutLapsed(both, now + finishWithin - 1)).toBe(both);
  expect(Object.keys(withoutLapsed(both, now + finishWithin).unfinished ?? {})).toEqual(['other']);
  expect(withoutLapsed(both, now + finishWithin + 1)).toEqual(person);
});

test('A-630 what ends all sessions of a person ends it, and a key from it does', () => {
  const begun = withUnfinished(person, 'app', begin('one', now));
  expect(unfinishedOf({ ...begun, sessionsEnded: 1 }, 'app', later(now))).toBeUndefined();
  expect(withoutLapsed({ ...begun, sessionsEnded: 1 }, now).unfinished).toBeUndefined();
  expect(withoutUnfinished(begun, 'app')).toEqual(person);
  expect(withoutUnfinished(begun, 'other')).toBe(begun);
});
