import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { startOfDay } from '../../time/calendar.ts';
import { effective, mayEnrol, maySignIn, statusAt } from './lifecycle.ts';
import { statuses, type FactorDates, type Schedule } from './types.ts';

const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });
const optional = fc.option(instant, { nil: undefined });
const dates: fc.Arbitrary<FactorDates> = fc
  .record({ announceAt: optional, closeAt: optional, sunsetAt: optional, purgeAt: optional })
  .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)));

describe('statusAt (A-067, A-068)', () => {
  const nights: readonly [string, string, string][] = [
    ['the last day of the token', '2024-01-31', 'Europe/Brussels'],
    ['the night that is an hour short', '2024-03-31', 'Europe/Brussels'],
    ['the day after it', '2024-04-01', 'Europe/Brussels'],
    ['the night that is an hour long', '2024-10-27', 'Europe/Brussels'],
    ['the day after it', '2024-10-28', 'Europe/Brussels'],
    ['the leap day', '2024-02-29', 'Europe/Brussels'],
    ['the day after the leap day', '2024-03-01', 'Europe/Brussels'],
    ['a midnight that does not exist', '2018-11-04', 'America/Sao_Paulo'],
  ];
  test.each(nights)('%s: %s in %s, a millisecond before, at it, and after', (_name, day, zone) => {
    const sunsetAt = startOfDay(day, zone);
    expect(statusAt({ sunsetAt }, sunsetAt - 1)).toBe('active');
    expect(statusAt({ sunsetAt }, sunsetAt)).toBe('sunset');
    expect(statusAt({ sunsetAt }, sunsetAt + 1)).toBe('sunset');
  });

  test.each([
    ['announceAt', 'announced'],
    ['closeAt', 'closed'],
    ['sunsetAt', 'sunset'],
    ['purgeAt', 'purged'],
  ] as const)('%s begins at its instant', (name, status) => {
    const at = Date.parse('2024-01-30T23:00:00Z');
    expect([at - 1, at, at + 1].map((now) => statusAt({ [name]: at }, now))).toEqual(['active', status, status]);
  });

  test('never moves back as time advances', () => {
    fc.assert(
      fc.property(dates, instant, instant, (given, one, other) => {
        const [earlier, later] = one < other ? [one, other] : [other, one];
        expect(statuses.indexOf(statusAt(given, later))).toBeGreaterThanOrEqual(
          statuses.indexOf(statusAt(given, earlier)),
        );
      }),
    );
  });

  test('a factor that can be enrolled also signs in', () => {
    for (const status of statuses) expect(mayEnrol(status) && !maySignIn(status)).toBe(false);
  });
});

describe('effective', () => {
  const base: Schedule = { factor: 'toy', after: 'refuse', replacements: [], zone: 'UTC', rules: [] };

  test('B5-06 the strictest of the dates for everyone, one relying party and one group counts', () => {
    const schedule: Schedule = {
      ...base,
      rules: [
        { scope: { kind: 'all' }, sunsetAt: 300 },
        { scope: { kind: 'client', id: 'tax' }, sunsetAt: 200 },
        { scope: { kind: 'group', id: 'staff' }, sunsetAt: 100 },
      ],
    };
    expect(effective(schedule, { client: 'other' }, 250).status).toBe('active');
    expect(effective(schedule, { client: 'tax' }, 250).status).toBe('sunset');
    expect(effective(schedule, { client: 'tax', groups: ['staff'] }, 150).sunsetAt).toBe(100);
    expect(effective(schedule, { client: 'other', groups: ['staff'] }, 150).status).toBe('sunset');
    expect(effective(schedule, { groups: [] }, 299).status).toBe('active');
  });

  test('a further rule never makes it more lenient', () => {
    fc.assert(
      fc.property(fc.array(dates, { minLength: 1, maxLength: 4 }), dates, instant, (all, further, now) => {
        const rules = all.map((one) => ({ scope: { kind: 'all' as const }, ...one }));
        const before = effective({ ...base, rules }, {}, now);
        const after = effective({ ...base, rules: [...rules, { scope: { kind: 'all' }, ...further }] }, {}, now);
        expect(statuses.indexOf(after.status)).toBeGreaterThanOrEqual(statuses.indexOf(before.status));
      }),
    );
  });
});

describe('facts beside the dates', () => {
  const everybody = { scope: { kind: 'all' }, sunsetAt: 100 } as const;
  const staff = { scope: { kind: 'group', id: 'staff' }, sunsetAt: 150, extends: true } as const;
  const plain: Schedule = { factor: 'toy', after: 'refuse', replacements: [], zone: 'UTC', rules: [everybody, staff] };

  test('a day later than for others is reported as extended, for a group or a person', () => {
    expect(effective(plain, {}, 1)).not.toHaveProperty('extended');
    expect(effective(plain, { groups: ['staff'] }, 1)).toMatchObject({ sunsetAt: 150, extended: true });
    expect(effective(plain, { personal: { toy: { extendedTo: 170 } } }, 1)).toMatchObject({
      sunsetAt: 170,
      extended: true,
    });
  });

  test('the number of postponements is reported where it is limited', () => {
    expect(effective(plain, {}, 1)).not.toHaveProperty('postponements');
    expect(effective({ ...plain, postponements: 3 }, {}, 1)).toMatchObject({ postponements: 3 });
  });

  test.each([
    ['active', true, true],
    ['announced', true, true],
    ['closed', false, true],
    ['sunset', false, false],
    ['purged', false, false],
  ] as const)('%s: enrolled %s, signs in %s', (status, enrols, signsIn) => {
    expect([mayEnrol(status), maySignIn(status)]).toEqual([enrols, signsIn]);
  });
});
