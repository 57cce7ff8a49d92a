import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { assess, targets, type Candidate } from './migration.ts';
import { statusAt } from './lifecycle.ts';
import { statuses, type EffectiveSchedule } from './types.ts';

const sunsetAt = Date.parse('2024-01-30T23:00:00Z');
const at = (now: number, extra: Partial<EffectiveSchedule> = {}): EffectiveSchedule => {
  const dates = { announceAt: sunsetAt - 1_000_000, closeAt: sunsetAt - 500_000, sunsetAt };
  return {
    factor: 'old',
    after: 'refuse',
    replacements: [],
    zone: 'Europe/Brussels',
    ...dates,
    status: statusAt(dates, now),
    ...extra,
  };
};

describe('assess (A-072, A-073)', () => {
  test('no dates, or not announced yet: nothing', () => {
    expect(assess(undefined)).toEqual({ kind: 'none' });
    expect(assess(at(sunsetAt - 1_000_001))).toEqual({ kind: 'none' });
  });
  test('announced or closed without a last day: nothing', () => {
    const { sunsetAt: _last, ...endless } = at(sunsetAt - 1);
    for (const status of ['announced', 'closed'] as const)
      expect(assess({ ...endless, status })).toEqual({ kind: 'none' });
  });
  test.each([-1_000_000, -500_000, -1])('suggests a new key at %i ms', (offset) => {
    expect(assess(at(sunsetAt + offset))).toEqual({ kind: 'suggest', sunsetAt, zone: 'Europe/Brussels' });
  });
  test('A13 at the millisecond of the sunset: refuse, or permit only the replacement', () => {
    expect(assess(at(sunsetAt - 1)).kind).toBe('suggest');
    expect(assess(at(sunsetAt))).toEqual({ kind: 'refuse' });
    expect(assess(at(sunsetAt, { after: 're-enrol' }))).toEqual({
      kind: 'require',
      sunsetAt,
      zone: 'Europe/Brussels',
      over: true,
    });
    expect(assess(at(sunsetAt, { status: 'purged', after: 're-enrol' }))).toEqual({ kind: 'refuse' });
  });
  test('postponements are limited where the deployment says so; the advice is never harder before the person is known', () => {
    const schedule = at(sunsetAt - 1, { postponements: 2 });
    expect(assess(schedule)).toMatchObject({ kind: 'suggest', postponementsLeft: 2 });
    expect(assess(schedule, 0)).toMatchObject({ kind: 'suggest', postponementsLeft: 2 });
    expect(assess(schedule, 1)).toMatchObject({ kind: 'suggest', postponementsLeft: 1 });
    expect(assess(schedule, 2)).toMatchObject({ kind: 'require', over: false });
    expect(assess(schedule, 9)).toMatchObject({ kind: 'require', over: false });
    expect(assess(at(sunsetAt - 1, { postponements: 0 }), 0)).toMatchObject({ kind: 'require' });
  });
});

describe('targets (A7)', () => {
  const candidate = (id: string, extra: Partial<Candidate> = {}): Candidate => ({
    id,
    status: 'active',
    selfService: true,
    many: false,
    recommended: false,
    suits: true,
    held: false,
    ...extra,
  });
  const ids = (...args: Parameters<typeof targets>) => targets(...args).map(({ id }) => id);

  test('recommended first, then in the order given', () => {
    const all = [candidate('old'), candidate('a'), candidate('b', { recommended: true }), candidate('c')];
    expect(ids('old', [], all)).toEqual(['b', 'a', 'c']);
    expect(ids('old', ['c', 'a'], all)).toEqual(['c', 'a']);
  });
  test('never the factor itself, a closed or ended one, an issued one, one that the person has, or one not accepted here', () => {
    const all = [
      candidate('old'),
      candidate('closed', { status: 'closed' }),
      candidate('over', { status: 'sunset' }),
      candidate('card', { selfService: false }),
      candidate('held', { held: true }),
      candidate('other', { suits: false }),
      candidate('announced', { status: 'announced' }),
      candidate('several', { held: true, many: true }),
    ];
    expect(ids('old', [], all)).toEqual(['announced', 'several']);
    expect(ids('old', ['old', 'closed', 'unknown'], all)).toEqual([]);
  });
  test('A-063 a factor that is renewed is offered although the person has it: beside other keys, and as a replacement of none', () => {
    const all = [candidate('app', { held: true }), candidate('codes', { held: true, fallback: true })];
    expect(ids(undefined, [], all)).toEqual(['codes']);
    expect(ids('app', [], all)).toEqual([]);
  });
  test('property: only open, suitable, self-service factors, each once', () => {
    const some = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('a', 'b', 'c', 'd', 'old'),
        status: fc.constantFrom(...statuses),
        selfService: fc.boolean(),
        many: fc.boolean(),
        recommended: fc.boolean(),
        suits: fc.boolean(),
        held: fc.boolean(),
      }),
      { selector: ({ id }) => id },
    );
    fc.assert(
      fc.property(some, fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'old')), (candidates, replacements) => {
        const found = targets('old', replacements, candidates);
        expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
        for (const one of found)
          expect(one.suits && one.selfService && one.id !== 'old' && one.status !== 'sunset').toBe(true);
      }),
    );
  });
});
