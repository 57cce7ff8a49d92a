import { expect, test } from '@jest/globals';
import { array, assert, boolean, constantFrom, integer, option, property, record, uniqueArray } from 'fast-check';
import type { Key, Person } from './person.ts';
import { personOfShape, shapeOf } from './shape.ts';

const nothing = { nil: undefined };
const key = record({
  factor: constantFrom('sms', 'app', 'card'),
  status: constantFrom('active' as const, 'off' as const, 'blocked' as const),
  strength: option(constantFrom('low' as const, 'substantial' as const), nothing),
  offBecause: constantFrom('replaced' as const, 'removed' as const),
}).map(({ factor, status, strength, offBecause }): Key => ({
  id: factor,
  factor,
  status,
  detail: 'secret detail',
  ...(strength === undefined ? {} : { strength }),
  ...(status === 'off' ? { offBecause } : {}),
  boundAt: 5,
  source: 'enrolled',
  attempts: { count: 2, lastAt: 9 },
}));
export const anyPerson = record({
  keys: array(key, { maxLength: 4 }),
  groups: uniqueArray(constantFrom('staff', 'pilot'), { maxLength: 2 }),
  mail: constantFrom('none', 'unproven', 'proven'),
  disabled: boolean(),
  extendedTo: option(integer({ min: 1, max: 300 }), nothing),
}).map(({ keys, groups, mail, disabled, extendedTo }): Person => ({
  id: 'an',
  username: 'an.peeters',
  language: 'nl',
  ...(mail === 'none' ? {} : { email: { address: 'an@example.org', ...(mail === 'proven' ? { verifiedAt: 1 } : {}) } }),
  groups,
  disabled,
  createdAt: 1,
  passwordAttempts: {},
  otherAttempts: {},
  keys,
  ...(extendedTo === undefined ? {} : { dates: { sms: { extendedTo } } }),
  postponements: {},
  sendings: [],
  pending: [],
}));

test('an account made up of a shape has that shape', () => {
  assert(property(anyPerson, (person) => expect(shapeOf(personOfShape(shapeOf(person)))).toBe(shapeOf(person))));
});

test('nothing in a shape tells who somebody is, or is another one after a sign-in', () => {
  assert(
    property(anyPerson, (person) => {
      const shape = shapeOf(person);
      for (const word of ['an@example.org', 'an.peeters', 'secret detail']) expect(shape).not.toContain(word);
      const keys = person.keys.map((one) => ({ ...one, lastUsedAt: 77, attempts: { count: 0, lastAt: 77 } }));
      expect(shapeOf({ ...person, keys, sendings: [77], language: 'fr' })).toBe(shape);
    }),
  );
});

test('groups and keys in another order are the same shape', () => {
  assert(
    property(anyPerson, (person) =>
      expect(shapeOf({ ...person, keys: person.keys.toReversed(), groups: person.groups.toReversed() })).toBe(
        shapeOf(person),
      ),
    ),
  );
});
