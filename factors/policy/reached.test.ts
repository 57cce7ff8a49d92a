import { expect, test } from '@jest/globals';
import { assert, constantFrom, integer, property, tuple } from 'fast-check';
import { effective } from './lifecycle.ts';
import type { Schedule } from './types.ts';

const card = (sunsetAt: number, reached?: number): Schedule => ({
  factor: 'card',
  rules: [{ scope: { kind: 'all' }, announceAt: sunsetAt - 100, sunsetAt }],
  after: 'refuse',
  replacements: [],
  zone: 'UTC',
  ...(reached === undefined ? {} : { reached }),
});

test('A-210a a date that was seen to come stays so, whatever the clock says; to the millisecond', () => {
  const sunset = 1_000;
  for (const [reached, status] of [
    [sunset - 1, 'announced'],
    [sunset, 'sunset'],
    [sunset + 1, 'sunset'],
  ] as const)
    expect([reached, effective(card(sunset, reached), {}, 0).status]).toEqual([reached, status]);
});

test('A-210a a date that was seen never permits more', () => {
  const open = ['active', 'announced', 'closed', 'sunset', 'purged'];
  assert(
    property(
      tuple(integer({ min: 0, max: 2_000 }), integer({ min: 0, max: 2_000 })),
      constantFrom(-1, 0, 1),
      ([now, at], by) => {
        const plain = effective(card(1_000), {}, now).status;
        const seen = effective(card(1_000, at + by), {}, now).status;
        expect(open.indexOf(seen)).toBeGreaterThanOrEqual(open.indexOf(plain));
      },
    ),
  );
});
