import { expect, test } from '@jest/globals';
import { assert, property } from 'fast-check';
import { anyPerson } from '../test/harness/any-person.ts';
import { personOfShape, shapeOf } from './shape.ts';

test('an account made from a shape has that shape', () => {
  assert(property(anyPerson, (person) => expect(shapeOf(personOfShape(shapeOf(person)))).toBe(shapeOf(person))));
});

test('a shape identifies nobody, and a sign-in does not change it', () => {
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
