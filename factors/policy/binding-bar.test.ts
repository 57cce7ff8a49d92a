import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Strength } from '../contract.ts';
import { rank } from './assurance.ts';
import { countsForBar, meetsBar, strongestBound, type BoundKey } from './binding-bar.ts';
import { levels } from './types.ts';

const strengths: readonly Strength[] = ['low', 'substantial', 'high'];
const key = (strength: Strength | undefined, over: Partial<BoundKey> = {}): BoundKey => ({
  status: 'active',
  strength,
  ...over,
});

describe('A-055 keys that count for the bar', () => {
  test.each([
    ['works', {}, true],
    ['is blocked', { status: 'blocked' }, true],
    ['was removed by an administrator', { status: 'off', offBecause: 'removed' }, true],
    ['was removed, and another one allowed since', { status: 'off', offBecause: 'removed', settled: true }, false],
    ['was deleted by the dates of its factor', { status: 'off', offBecause: 'purged' }, true],
    ['made way by its own proof', { status: 'off', offBecause: 'replaced' }, false],
    ['was handed out anew', { status: 'off', offBecause: 'reissued' }, false],
  ] as const)('one that %s', (_name, over, counts) => {
    expect(countsForBar({ status: 'active', ...over })).toBe(counts);
    expect(strongestBound([key('high', over)])).toBe(counts ? 'high' : 'single');
  });
  test('a key of unknown strength counts as the strongest', () =>
    expect(strongestBound([key('low'), key(undefined)])).toBe('high'));
  test('a person who never had a key', () => expect(strongestBound([])).toBe('single'));
});

describe('A-054 A-055 the bar is the lower of the strongest key and the new one', () => {
  test.each([
    ['low', 'substantial', 'substantial', false],
    ['low', 'substantial', 'low', true],
    ['substantial', 'substantial', 'high', true],
    ['substantial', 'high', 'high', false],
    ['substantial', 'high', 'substantial', true],
    ['single', 'low', 'low', false],
  ] as const)('proved %s, strongest %s, new one %s: %s', (proved, strongest, target, may) =>
    expect(meetsBar({ keys: [key(strongest)], proved, target })).toBe(may),
  );
  test('a person without a key needs no proof of one', () =>
    expect(meetsBar({ keys: [], proved: 'single', target: 'high' })).toBe(true));
  test('a permit permits an activation, and no change of the address', () => {
    const facts = { keys: [key('high')], proved: 'low', permitted: true } as const;
    expect(meetsBar({ ...facts, target: 'high' })).toBe(true);
    expect(meetsBar(facts)).toBe(false);
  });
  test('A-217 a change of the address needs a proof as strong as the strongest key', () => {
    for (const proved of levels)
      for (const strongest of strengths)
        expect(meetsBar({ keys: [key('low'), key(strongest)], proved })).toBe(rank(proved) >= rank(strongest));
  });
});

const anyKey = fc.record({
  strength: fc.constantFrom<Strength | undefined>(...strengths, undefined),
  status: fc.constantFrom('active', 'blocked'),
}) as fc.Arbitrary<BoundKey>;
/** What time, an attacker or an administrator can change about a key. */
const worsenings: readonly ((one: BoundKey) => BoundKey)[] = [
  (one) => one,
  (one) => ({ ...one, status: 'blocked' }),
  (one) => ({ ...one, status: 'off', offBecause: 'removed' }),
  (one) => ({ ...one, status: 'off', offBecause: 'purged' }),
  (one) => ({ ...one, strength: undefined }),
];

test('A-055 a proof never permits more when keys get worse', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyKey, fc.constantFrom(...worsenings)), { maxLength: 6 }),
      fc.constantFrom(...levels),
      fc.constantFrom(...strengths, undefined),
      (pairs, proved, target) => {
        const ask = (keys: readonly BoundKey[]) =>
          meetsBar({ keys, proved, ...(target === undefined ? {} : { target }) });
        const before = ask(pairs.map(([one]) => one));
        const after = ask(pairs.map(([one, worse]) => worse(one)));
        expect([before, after]).not.toEqual([false, true]);
      },
    ),
    { numRuns: 2_000 },
  );
});
