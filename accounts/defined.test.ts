import { expect, test } from '@jest/globals';
import { defined } from './defined.ts';

test('members without a value are left out, and no others', () => {
  const given: { readonly a: number; readonly b?: string | undefined; readonly c?: false | undefined } = {
    a: 0,
    b: undefined,
    c: false,
  };
  const kept: { readonly a: number; readonly b?: string; readonly c?: false } = defined(given);
  expect(Object.entries(kept)).toEqual([
    ['a', 0],
    ['c', false],
  ]);
  expect(Object.entries(defined({ d: '', e: null }))).toEqual([
    ['d', ''],
    ['e', null],
  ]);
});
