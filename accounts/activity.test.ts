import { expect, test } from '@jest/globals';
import { assert, constantFrom, integer, property } from 'fast-check';
import { withActivity, withoutRefusal } from './activity.ts';
import type { Person } from './person.ts';

const nobody = { id: 'p' } as unknown as Person;
const wrong = (at: number) => ({ at, what: 'password-wrong' }) as const;

test('refusals of one kind within an hour are one entry with their number', () => {
  const person = [0, 1_000, 2_000].reduce((one, at) => withActivity(one, wrong(at)), nobody);
  expect(person.activity).toEqual([{ at: 2_000, what: 'password-wrong', times: 3, before: 1_000 }]);
  expect(withActivity(person, wrong(2_000 + 3_600_000)).activity).toHaveLength(2);
});

test('a right answer takes back the refusal that was written before it was compared', () => {
  expect(withoutRefusal(withActivity(nobody, wrong(5)), 'password-wrong', 5)).toEqual(nobody);
  const two = withActivity(withActivity(nobody, wrong(5)), wrong(9));
  expect(withoutRefusal(two, 'password-wrong', 9).activity).toEqual([{ at: 5, what: 'password-wrong' }]);
});

test('strangers who guess push out no sign-in, and the list does not grow', () => {
  assert(
    property(
      integer({ min: 1, max: 200 }),
      constantFrom('code-wrong' as const, 'password-wrong' as const),
      (guesses, what) => {
        let person = withActivity(nobody, { at: 0, what: 'signed-in', factor: 'sms' });
        for (let at = 1; at <= guesses; at += 1) person = withActivity(person, { at: at * 4_000_000, what });
        expect(person.activity?.[0]).toEqual({ at: 0, what: 'signed-in', factor: 'sms' });
        expect(person.activity?.length).toBeLessThanOrEqual(11);
      },
    ),
    { numRuns: 20 },
  );
});
