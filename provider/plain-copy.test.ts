import { expect, test } from '@jest/globals';
import { assert, json, property } from 'fast-check';
import { plainCopy } from './plain-copy.ts';

test('a copy of any JSON is equal and shares nothing', () => {
  assert(
    property(json(), (text) => {
      const value: unknown = JSON.parse(text);
      const copy = plainCopy(value);
      expect(copy).toEqual(value);
      expect(shared(value, copy)).toEqual([]);
    }),
  );
});

test('a member named __proto__ stays a member', () => {
  const copy = plainCopy(JSON.parse('{"a": {"__proto__": {"admin": true}}}') as { a: object });
  expect(Object.hasOwn(copy.a, '__proto__')).toBe(true);
  expect(Object.getPrototypeOf(copy.a)).toBe(Object.prototype);
});

function shared(value: unknown, copy: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const members = copy as Record<string, unknown>;
  const within = Object.entries(value).flatMap(([name, member]) => shared(member, members[name]));
  return value === copy ? [value, ...within] : within;
}
