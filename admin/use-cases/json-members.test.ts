import { expect, test } from '@jest/globals';
import { assert, json, property } from 'fast-check';
import { jsonFaults } from './json-members.ts';

test.each([
  ['{"a":1,"a":1}', ['a: stands twice']],
  ['{"a":1,"\\u0061":2}', ['a: stands twice']],
  ['{"keys":[{"data":{"x":1,"x":2}},{"data":{"x":1}}]}', ['keys.data.x: stands twice']],
  ['{"a":{"b":1},"b":{"a":1}}', []],
  ['{"a":"a\\":1,\\"a\\":"}', []],
  ['[{"a":1},{"a":1}]', []],
  ['{"a":"\\ud800"}', ['has half a character (a lone surrogate)']],
  ['{"a":"\\ud83d\\ude00"}', []],
  ['{"__proto__":1,"__proto__":2}', ['__proto__: stands twice']],
])('A-219 %s', (text, faults) => {
  expect(jsonFaults(text)).toEqual(faults);
});

test('A-219 what was written from values has no fault', () => {
  assert(
    property(json(), (text) => {
      expect(jsonFaults(text).filter((fault) => !fault.includes('half a character'))).toEqual([]);
    }),
  );
});
