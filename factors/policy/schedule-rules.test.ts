import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  checkSchedules,
  dateNames,
  outOfOrder,
  ruleFor,
  sameScope,
  scopeName,
  type ScheduleFacts,
  type Schedules,
} from './schedule-rules.ts';
import type { Schedule, ScheduleRule } from './types.ts';

const day = 86_400_000;
const facts: ScheduleFacts = {
  factors: {
    card: { enabled: true, selfService: false },
    mail: { enabled: true, selfService: true },
    app: { enabled: true, selfService: true },
    sms: { enabled: false, selfService: true },
  },
  clients: ['tax', 'health'],
  isZone: (name) => name === 'UTC',
};
const schedule = (
  factor: string,
  rules: Omit<ScheduleRule, 'scope'>[] | ScheduleRule[],
  more: Partial<Schedule> = {},
): Schedule => ({
  factor,
  rules: rules.map((rule) => ({ scope: { kind: 'all' }, ...rule })),
  after: 'refuse',
  replacements: [],
  zone: 'UTC',
  ...more,
});
const all = (...list: Schedule[]): Schedules => Object.fromEntries(list.map((one) => [one.factor, one]));
const codes = (...list: Schedule[]) =>
  checkSchedules(all(...list), facts).map(({ factor, code, other }) => [factor, code, other]);

test('accepts dates in order, with replacements that end later', () => {
  expect(
    codes(
      schedule('card', [{ announceAt: 1, closeAt: 1, sunsetAt: 10 * day, purgeAt: 20 * day }], {
        replacements: ['mail', 'app'],
      }),
      schedule('mail', [{ sunsetAt: 11 * day, closeAt: 10 * day }], { replacements: ['app'] }),
    ),
  ).toEqual([]);
});

test.each<[string, Schedule, unknown[]]>([
  ['unknown factor', schedule('crad', [{ sunsetAt: 1 }]), ['crad', 'factor_unknown', undefined]],
  ['unknown zone', schedule('card', [], { zone: 'Brussels' }), ['card', 'zone_unknown', 'Brussels']],
  ['sunset before closing', schedule('card', [{ closeAt: 2, sunsetAt: 1 }]), ['card', 'dates_out_of_order', undefined]],
  [
    'purge before announcement',
    schedule('card', [{ announceAt: 2, purgeAt: 1 }]),
    ['card', 'dates_out_of_order', undefined],
  ],
  ['negative postponements', schedule('card', [], { postponements: -1 }), ['card', 'postponements_invalid', undefined]],
  ['half a postponement', schedule('card', [], { postponements: 0.5 }), ['card', 'postponements_invalid', undefined]],
  [
    'two rules for one scope',
    schedule('card', [{ sunsetAt: 1 }, { sunsetAt: 2 }]),
    ['card', 'scope_repeated', undefined],
  ],
  [
    'unknown client',
    schedule('card', [{ scope: { kind: 'client', id: 'txa' }, sunsetAt: 1 }]),
    ['card', 'client_unknown', 'txa'],
  ],
  ['itself', schedule('mail', [{ sunsetAt: 1 }], { replacements: ['mail'] }), ['mail', 'replacement_itself', 'mail']],
  [
    'unknown replacement',
    schedule('card', [{ sunsetAt: 1 }], { replacements: ['appp'] }),
    ['card', 'replacement_unknown', 'appp'],
  ],
  [
    'a name of Object',
    schedule('card', [{ sunsetAt: 1 }], { replacements: ['constructor'] }),
    ['card', 'replacement_unknown', 'constructor'],
  ],
  [
    'disabled replacement',
    schedule('card', [{ sunsetAt: 1 }], { replacements: ['sms'] }),
    ['card', 'replacement_not_enabled', 'sms'],
  ],
  [
    'not to be enrolled',
    schedule('mail', [{ sunsetAt: 1 }], { replacements: ['card'] }),
    ['mail', 'replacement_not_self_service', 'card'],
  ],
])('%s is a fault', (_, wrong, fault) => {
  expect(codes(wrong)).toEqual([fault]);
});

test('a replacement that ends at the same instant or earlier, or closes before the last day, is a fault', () => {
  const card = schedule('card', [{ sunsetAt: 10 * day }], { replacements: ['mail'] });
  expect(codes(card, schedule('mail', [{ sunsetAt: 10 * day }]))).toEqual([
    ['card', 'replacement_ends_earlier', 'mail'],
  ]);
  expect(codes(card, schedule('mail', [{ sunsetAt: 10 * day + 1 }]))).toEqual([]);
  expect(codes(card, schedule('mail', [{ closeAt: 10 * day - 1 }]))).toEqual([['card', 'replacement_closed', 'mail']]);
  expect(codes(card, schedule('mail', [{ closeAt: 10 * day }]))).toEqual([]);
});

const client = (id: string) => ({ kind: 'client', id }) as const;

test('dates of different relying parties do not overlap, dates for everyone overlap all', () => {
  const card = schedule('card', [{ scope: client('tax'), sunsetAt: 10 }], { replacements: ['mail'] });
  expect(codes(card, schedule('mail', [{ scope: client('health'), sunsetAt: 5 }]))).toEqual([]);
  expect(codes(card, schedule('mail', [{ scope: client('tax'), sunsetAt: 5 }]))).toHaveLength(1);
  expect(codes(card, schedule('mail', [{ sunsetAt: 5 }]))).toHaveLength(1);
  expect(codes(card, schedule('mail', [{ scope: { kind: 'group', id: 'staff' }, sunsetAt: 5 }]))).toHaveLength(1);
});

test('circular replacements are reported, in either direction', () => {
  const found = checkSchedules(
    all(
      schedule('card', [{ sunsetAt: 1 }], { replacements: ['mail'] }),
      schedule('mail', [{ sunsetAt: 2 }], { replacements: ['app'] }),
      schedule('app', [{ sunsetAt: 3 }], { replacements: ['mail'] }),
    ),
    facts,
  ).filter(({ code }) => code === 'replacement_in_a_circle');
  expect(found.map(({ circle }) => circle)).toEqual([
    ['mail', 'app'],
    ['app', 'mail'],
  ]);
});

test('a factor without a last day is no part of a circle', () => {
  expect(
    codes(
      schedule('mail', [{ sunsetAt: 2 }], { replacements: ['app'] }),
      schedule('app', [], { replacements: ['mail'] }),
    ),
  ).toEqual([]);
});

test('property: dates are out of order exactly when sorting them would move one', () => {
  const date = fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined });
  fc.assert(
    fc.property(fc.tuple(date, date, date, date), (instants) => {
      const dates = Object.fromEntries(
        dateNames.map((name, index) => [name, instants[index]]).filter(([, at]) => at !== undefined),
      );
      const given = instants.filter((at) => at !== undefined);
      const sorted = given.toSorted((a, b) => a - b).every((at, index) => at === given[index]);
      expect(outOfOrder(dates) === undefined).toBe(sorted);
    }),
  );
});

test('zero postponements is a valid limit; less is a fault', () => {
  expect(codes(schedule('card', [], { postponements: 0 }))).toEqual([]);
  expect(codes(schedule('card', [], { postponements: -1 }))).toEqual([['card', 'postponements_invalid', undefined]]);
});

test('a date before the epoch is a date', () => {
  expect(outOfOrder({ announceAt: 0, sunsetAt: -1 })).toEqual(['announceAt', 'sunsetAt']);
  expect(outOfOrder({ announceAt: -2, sunsetAt: -1 })).toBeUndefined();
});

test('a circle names its next factor; a factor with only a purge date ends too', () => {
  const circle = (dates: Omit<ScheduleRule, 'scope'>) =>
    checkSchedules(
      all(schedule('mail', [dates], { replacements: ['app'] }), schedule('app', [dates], { replacements: ['mail'] })),
      facts,
    ).filter(({ code }) => code === 'replacement_in_a_circle');
  const named = [
    { code: 'replacement_in_a_circle', factor: 'mail', other: 'app', circle: ['mail', 'app'] },
    { code: 'replacement_in_a_circle', factor: 'app', other: 'mail', circle: ['app', 'mail'] },
  ];
  expect(circle({ sunsetAt: 5 })).toEqual(named);
  expect(circle({ purgeAt: 5 })).toEqual(named);
  expect(circle({ announceAt: 5 })).toEqual([]);
});

test('two scopes are equal if type and id are equal', () => {
  const scopes = [
    { kind: 'all' },
    { kind: 'client', id: 'tax' },
    { kind: 'client', id: 'health' },
    { kind: 'group', id: 'tax' },
  ] as const;
  expect(scopes.map(scopeName)).toEqual(['all', 'client:tax', 'client:health', 'group:tax']);
  for (const one of scopes) for (const other of scopes) expect(sameScope(one, { ...other })).toBe(one === other);
  const rules = scopes.map((scope, at) => ({ scope, sunsetAt: at }));
  expect(scopes.map((scope) => ruleFor(schedule('card', rules), scope)?.sunsetAt)).toEqual([0, 1, 2, 3]);
  expect(ruleFor(undefined, scopes[0])).toBeUndefined();
});

test.each<[string, ScheduleRule['scope'], ScheduleRule['scope'], boolean]>([
  ['two relying parties', { kind: 'client', id: 'tax' }, { kind: 'client', id: 'health' }, false],
  ['one relying party', { kind: 'client', id: 'tax' }, { kind: 'client', id: 'tax' }, true],
  ['a relying party and a group', { kind: 'client', id: 'tax' }, { kind: 'group', id: 'x' }, true],
  ['a group and everybody', { kind: 'group', id: 'x' }, { kind: 'all' }, true],
  ['everybody and a group', { kind: 'all' }, { kind: 'group', id: 'x' }, true],
])('a replacement that ends too early is a fault where both dates can meet: %s', (_name, one, other, meets) => {
  const found = codes(
    schedule('card', [{ scope: one, sunsetAt: 5 }], { replacements: ['app'] }),
    schedule('app', [{ scope: other, sunsetAt: 4 }]),
  );
  expect(found).toEqual(meets ? [['card', 'replacement_ends_earlier', 'app']] : []);
});
