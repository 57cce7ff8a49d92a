import { describe, expect, test } from '@jest/globals';
import { array, assert, boolean, constantFrom, integer, option, property, record } from 'fast-check';
import { effective } from './lifecycle.ts';
import { purgeInstant } from './purge-instant.ts';
import type { PersonalDates, Schedule, ScheduleRule } from './types.ts';

const schedule = (rules: readonly ScheduleRule[]): Schedule => ({
  factor: 'card',
  rules,
  after: 're-enrol',
  replacements: [],
  zone: 'UTC',
});
const all = { kind: 'all' } as const;
const bank = { kind: 'client', id: 'bank' } as const;
const staff = { kind: 'group', id: 'staff' } as const;
const everybody = { scope: all, sunsetAt: 100, purgeAt: 110 };

describe('A-390 when the keys of a person are deleted', () => {
  test.each<[string, readonly ScheduleRule[], PersonalDates | undefined, readonly string[], number | undefined]>([
    ['no day of deletion', [{ scope: all, sunsetAt: 100 }], undefined, ['staff'], undefined],
    ['everybody’s', [everybody], undefined, [], 110],
    ['without a last day', [{ scope: all, purgeAt: 110 }], undefined, [], 110],
    ['an earlier one of the group', [everybody, { scope: staff, purgeAt: 50 }], undefined, ['staff'], 50],
    ['one of another group', [{ scope: staff, purgeAt: 50 }], undefined, ['pilot'], undefined],
    ['one of a relying party alone deletes nothing', [{ scope: bank, purgeAt: 50 }], undefined, [], undefined],
    ['an earlier one of a relying party neither', [everybody, { scope: bank, purgeAt: 50 }], undefined, [], 110],
    ['an extension of the person', [everybody], { extendedTo: 200 }, [], 200],
    ['one that is over before', [everybody], { extendedTo: 105 }, [], 110],
    ['one that decides no last day', [{ scope: all, purgeAt: 110 }], { extendedTo: 200 }, [], 200],
    [
      'an extension of the group',
      [everybody, { scope: staff, sunsetAt: 150, extends: true }],
      undefined,
      ['staff'],
      150,
    ],
    ['one of another group', [everybody, { scope: staff, sunsetAt: 150, extends: true }], undefined, [], 110],
    ['one of a relying party', [everybody, { scope: bank, sunsetAt: 150, extends: true }], undefined, [], 150],
    ['an earlier last day of the person', [everybody], { sunsetAt: 20 }, [], 110],
  ])('%s', (_name, rules, personal, groups, at) => {
    expect(purgeInstant(schedule(rules), { groups, personal: personal && { card: personal } })).toBe(at);
  });

  test('only where the status is "purged" at every relying party, and never while an extension runs', () => {
    const instant = option(integer({ min: 1, max: 30 }), { nil: undefined });
    const rule = record({
      scope: constantFrom(all, bank, staff, { kind: 'client', id: 'tax' } as const),
      sunsetAt: instant,
      purgeAt: instant,
      extends: boolean(),
    }).map(({ scope, sunsetAt, purgeAt, extends: isExtension }): ScheduleRule => ({
      scope,
      ...(sunsetAt === undefined ? {} : { sunsetAt }),
      ...(isExtension && scope.kind !== 'all' ? { extends: true } : purgeAt === undefined ? {} : { purgeAt }),
    }));
    assert(
      property(
        array(rule, { maxLength: 5 }),
        constantFrom<readonly string[]>([], ['staff']),
        instant,
        (rules, groups, to) => {
          const personal = to === undefined ? {} : { card: { extendedTo: to } };
          const at = purgeInstant(schedule(rules), { groups, personal });
          if (at === undefined) return;
          if (to !== undefined) expect(at).toBeGreaterThanOrEqual(to);
          for (const client of [undefined, 'bank', 'tax', 'shop']) {
            const { status } = effective(schedule(rules), { groups, personal, ...(client && { client }) }, at);
            expect(status).toBe('purged');
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
