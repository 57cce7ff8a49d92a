import { describe, expect, test } from '@jest/globals';
import { array, assert, constantFrom, integer, option, property, record } from 'fast-check';
import { decidingDates } from './deciding-dates.ts';
import { effective } from './lifecycle.ts';
import type { PersonalDates, Schedule, ScheduleRule } from './types.ts';

const schedule = (rules: readonly ScheduleRule[]): Schedule => ({
  factor: 'card',
  rules,
  after: 'refuse',
  replacements: [],
  zone: 'UTC',
});
const all = { kind: 'all' } as const;
const bank = { kind: 'client', id: 'bank' } as const;
const staff = { kind: 'group', id: 'staff' } as const;
const lastDay = (rules: readonly ScheduleRule[], personal?: PersonalDates, client = 'bank', groups = ['staff']) =>
  decidingDates(schedule(rules), { client, groups, ...(personal && { personal: { card: personal } }) }).sunsetAt;

describe('whose day is the last', () => {
  const everybody = { scope: all, sunsetAt: 100 };
  test.each<[string, readonly ScheduleRule[], PersonalDates | undefined, number | undefined, string | undefined]>([
    ['no rule', [], undefined, undefined, undefined],
    ['everybody', [everybody], undefined, 100, 'rule'],
    ['a group that is earlier', [everybody, { scope: staff, sunsetAt: 50 }], undefined, 50, 'rule'],
    ['a group whose day is later has no effect', [everybody, { scope: staff, sunsetAt: 150 }], undefined, 100, 'rule'],
    [
      'a group that is extended',
      [everybody, { scope: staff, sunsetAt: 150, extends: true }],
      undefined,
      150,
      'extension',
    ],
    [
      'an extension that is no later',
      [everybody, { scope: staff, sunsetAt: 90, extends: true }],
      undefined,
      100,
      'rule',
    ],
    ['an extension of nothing', [{ scope: staff, sunsetAt: 150, extends: true }], undefined, undefined, undefined],
    [
      'a group that is extended, at a relying party that is stricter',
      [everybody, { scope: staff, sunsetAt: 150, extends: true }, { scope: bank, sunsetAt: 120 }],
      undefined,
      120,
      'rule',
    ],
    [
      'of two extensions the earlier',
      [everybody, { scope: staff, sunsetAt: 150, extends: true }, { scope: bank, sunsetAt: 130, extends: true }],
      undefined,
      130,
      'extension',
    ],
    ['a person who is earlier', [everybody], { sunsetAt: 40 }, 40, 'person'],
    ['a person who is earlier than nothing', [], { sunsetAt: 40 }, 40, 'person'],
    [
      'a person who is extended',
      [everybody, { scope: bank, sunsetAt: 60 }],
      { extendedTo: 200 },
      200,
      'person-extension',
    ],
    ['a person whose extension is over before the day', [everybody], { extendedTo: 80 }, 100, 'rule'],
    ['a person who is extended, where nothing ends', [], { extendedTo: 80 }, undefined, undefined],
  ])('%s', (_name, rules, personal, instant, by) => {
    const found = lastDay(rules, personal);
    expect([found?.instant, found?.by.kind]).toEqual([instant, by]);
  });
  test('rules of other relying parties and groups say nothing', () =>
    expect(
      lastDay([everybody, { scope: bank, sunsetAt: 1 }, { scope: staff, sunsetAt: 2 }], undefined, 'shop', []),
    ).toEqual({
      instant: 100,
      by: { kind: 'rule', scope: all },
    }));
});

test('what was extended is not deleted before it is over', () =>
  expect(
    decidingDates(schedule([{ scope: all, sunsetAt: 100, purgeAt: 110 }]), { personal: { card: { extendedTo: 200 } } }),
  ).toMatchObject({ sunsetAt: { instant: 200 }, purgeAt: { instant: 200 } }));

test('who ends earlier is told from the day that was set for it', () =>
  expect(
    decidingDates(schedule([{ scope: all, announceAt: 50, sunsetAt: 100 }]), {
      personal: { card: { announceAt: 10, sunsetAt: 40 } },
    }).announceAt,
  ).toEqual({ instant: 10, by: { kind: 'person' } }));

test('an extension is told as such, and the instant itself is over', () => {
  const at = (now: number) =>
    effective(schedule([{ scope: all, sunsetAt: 100 }]), { personal: { card: { extendedTo: 200 } } }, now);
  expect([at(199), at(200)].map(({ status, extended }) => [status, extended])).toEqual([
    ['active', true],
    ['sunset', true],
  ]);
});

const rule = record({
  scope: constantFrom(all, bank, staff, { kind: 'client', id: 'shop' } as const),
  sunsetAt: option(integer({ min: 1, max: 300 }), { nil: undefined }),
  extends: constantFrom(true as const, undefined),
}).map(({ scope, sunsetAt, extends: extended }): ScheduleRule => ({
  scope,
  ...(sunsetAt === undefined ? {} : { sunsetAt }),
  ...(extended && scope.kind !== 'all' ? { extends: true } : {}),
}));

test('a further rule that is no extension never makes the last day later, and an extension never makes it earlier', () => {
  assert(
    property(array(rule, { maxLength: 6 }), rule, (rules, further) => {
      const before = lastDay(rules)?.instant ?? Number.POSITIVE_INFINITY;
      const after = lastDay([...rules, further])?.instant ?? Number.POSITIVE_INFINITY;
      const others = rules.filter((one) => one.extends === true).length;
      const isLater = further.extends !== true && further.scope.kind !== 'all' && after > before;
      const isEarlier = further.extends === true && others === 0 && after < before;
      expect({ isLater, isEarlier }).toEqual({ isLater: false, isEarlier: false });
    }),
    { numRuns: 2_000 },
  );
});
