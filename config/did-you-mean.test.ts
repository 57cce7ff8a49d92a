import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { editDistance, nearest } from './did-you-mean.ts';

test.each([
  ['', '', 0],
  ['zone', 'zone', 0],
  ['zone', 'zne', 1],
  ['zone', 'zoone', 1],
  ['zone', 'zoen', 1],
  ['kitten', 'sitting', 3],
])('%p to %p is %i', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test('property: a distance is symmetric, and zero for the same word only', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
    }),
  );
});

test('a typing error is recognised, another word is not', () => {
  const known = ['closeEnrolment', 'untilAndIncluding', 'zone', 'after'];
  expect(nearest('close_enrollment', known)).toBe('closeEnrolment');
  expect(nearest('untilAndIncludng', known)).toBe('untilAndIncluding');
  expect(nearest('ZONE', known)).toBe('zone');
  expect(nearest('password', known)).toBeUndefined();
});
