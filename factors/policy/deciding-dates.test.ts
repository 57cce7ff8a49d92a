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

describe('whose rule gives the last day', () => {
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
  test('rules of other relying parties and groups do not apply', () =>
    expect(
      lastDay([everybody, { scope: bank, sunsetAt: 1 }, { scope: staff, sunsetAt: 2 }], undefined, 'shop', []),
    ).toEqual({
      instant: 100,
      by: { kind: 'rule', scope: all },
    }));
});

test('keys with an extension are not deleted before it is over', () =>
  expect(
    decidingDates(schedule([{ scope: all, sunsetAt: 100, purgeAt: 110 }]), { personal: { card: { extendedTo: 200 } } }),
  ).toMatchObject({ sunsetAt: { instant: 200 }, purgeAt: { instant: 200 } }));

test('a person with an earlier last day is told from the day that was set for it', () =>
  expect(
    decidingDates(schedule([{ scope: all, announceAt: 50, sunsetAt: 100 }]), {
      personal: { card: { announceAt: 10, sunsetAt: 40 } },
    }).announceAt,
  ).toEqual({ instant: 10, by: { kind: 'person' } }));

test('an extension is reported as such, and at its instant the factor is over', () => {
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

describe('the rule that decided, and its other values', () => {
  const dates = (rules: readonly ScheduleRule[], personal?: PersonalDates) =>
    decidingDates(schedule(rules), {
      client: 'bank',
      groups: ['staff'],
      ...(personal && { personal: { card: personal } }),
    });

  test('a person with a last day of their own is told at its announcement, if that is earlier', () => {
    const rules = [{ scope: all, announceAt: 50, sunsetAt: 100 }];
    expect(dates(rules, { sunsetAt: 40, announceAt: 30 }).announceAt).toEqual({ instant: 30, by: { kind: 'person' } });
    expect(dates(rules, { sunsetAt: 40, announceAt: 60 }).announceAt?.instant).toBe(50);
    expect(dates(rules, { sunsetAt: 40, announceAt: 50 }).announceAt?.by).toEqual({ kind: 'rule', scope: all });
    expect(dates([{ scope: all, sunsetAt: 100 }], { sunsetAt: 40, announceAt: 30 }).announceAt?.instant).toBe(30);
    expect(dates([{ scope: all, sunsetAt: 100 }], { sunsetAt: 40 }).announceAt).toBeUndefined();
    // Without a last day of their own there is nothing to announce.
    expect(dates(rules, { announceAt: 30 }).announceAt?.instant).toBe(50);
  });

  test('keys with an extension are not deleted before it is over; nothing else waits for that', () => {
    const everybody = { scope: all, sunsetAt: 100, purgeAt: 110 };
    expect(dates([everybody, { scope: staff, sunsetAt: 150, extends: true }]).purgeAt?.instant).toBe(150);
    expect(dates([everybody], { extendedTo: 160 }).purgeAt).toEqual({
      instant: 160,
      by: { kind: 'person-extension' },
    });
    expect(dates([everybody], { extendedTo: 105 }).purgeAt).toEqual({ instant: 110, by: { kind: 'rule', scope: all } });
    expect(dates([{ ...everybody, purgeAt: 160 }], { extendedTo: 160 }).purgeAt?.by.kind).toBe('rule');
    expect(dates([{ ...everybody, purgeAt: 90 }]).purgeAt?.instant).toBe(90);
  });

  test('of equal days the general rule decides, and an extension to the same day extends nothing', () => {
    const everybody = { scope: all, sunsetAt: 100 };
    expect(dates([everybody, { scope: bank, sunsetAt: 100 }]).sunsetAt?.by).toEqual({ kind: 'rule', scope: all });
    expect(dates([everybody, { scope: bank, sunsetAt: 100, extends: true }]).sunsetAt?.by.kind).toBe('rule');
    expect(dates([everybody], { extendedTo: 100 }).sunsetAt?.by.kind).toBe('rule');
  });

  test('a rule for a group does not apply to a person whose groups are not known', () => {
    expect(decidingDates(schedule([{ scope: staff, sunsetAt: 50 }]), { client: 'bank' })).toEqual({});
  });
});
