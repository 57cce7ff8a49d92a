/** How far, and for how many people, a last day may be put off. */
import { describe, expect, test } from '@jest/globals';
import type { Schedule } from '../../factors/policy/types.ts';
import { checkNumber, heldSince, mostExtended } from './extension-bounds.ts';

const dates = (hasEnd: boolean): Schedule => ({
  factor: 'sms',
  rules: [{ scope: { kind: 'all' }, announceAt: 1, ...(hasEnd && { sunsetAt: 2 }) }],
  after: 'refuse',
  replacements: [],
  zone: 'UTC',
});
const state = (hasEnd: boolean, people?: number) => ({
  schedule: dates(hasEnd),
  ...(people !== undefined && { people }),
});

describe('A-413 a bound of people is a share of those who held the key since its last day was set', () => {
  test.each([
    ['no states: who holds it now', [], 40, 40],
    ['one state', [state(true, 200)], 40, 200],
    ['the largest of several', [state(true, 50), state(true, 200), state(true, 180)], 40, 200],
    ['more hold it now', [state(true, 200)], 250, 250],
    ['before it had a last day', [state(true, 200), state(false, 900)], 40, 200],
    ['before its last day was taken away', [state(true, 60), state(false, 300), state(true, 900)], 40, 60],
    ['it has no last day now', [state(false, 300), state(true, 900)], 40, 40],
    ['states that were not counted', [state(true), state(true, 200)], 40, 200],
  ])('%s', (_name, states, now, held) => expect(heldSince(states, now)).toBe(held));

  test.each([
    [5, 200, 10],
    [5, 199, 9],
    [5, 19, 1],
    [5, 0, 1],
    [100, 7, 7],
  ])('%s in a hundred of %s are %s', (mostPercent, held, most) => {
    expect(mostExtended({ mostPercent }, held)).toBe(most);
    const bounds = { mostPercent, mostDays: 92 };
    expect(checkNumber(bounds, { people: 1, held, extended: most })).toEqual([]);
    expect(checkNumber(bounds, { people: 1, held, extended: most + 1 })).toMatchObject([
      { code: 'extension_too_many' },
    ]);
  });
});
