import { describe, expect, test } from '@jest/globals';
import { levels } from './types.ts';
import { deadlineFor, secondStep, type Holding, type SecondStepFacts } from './second-step.ts';

const at = 1_000_000;
const base: SecondStepFacts = {
  level: 'single',
  holding: 'none',
  trusted: false,
  deadline: undefined,
  asksForKey: true,
  mayActivate: true,
  now: at,
};
const decide = (facts: Partial<SecondStepFacts> = {}) => secondStep({ ...base, ...facts });
const deadline = (from: number, announceAt?: number) => ({
  from,
  zone: 'UTC',
  ...(announceAt === undefined ? {} : { announceAt }),
});
const holdings: readonly Holding[] = ['askable', 'provable', 'unusable', 'none'];

describe('level single', () => {
  test('a person without a key: the password alone', () => expect(decide()).toEqual({ kind: 'none' }));
  test.each([
    ['askable', 'key'],
    ['provable', 'enrol'],
    ['unusable', 'key'],
  ] as const)('a person with keys (%s) is asked for a second step', (holding, kind) =>
    expect(decide({ holding }).kind).toBe(kind),
  );
  test.each(holdings)('unless the deployment says otherwise: %s', (holding) =>
    expect(decide({ holding, asksForKey: false })).toEqual({ kind: 'none' }),
  );
  test.each(holdings)('on a browser that is trusted: %s', (holding) =>
    expect(decide({ holding, trusted: true, deadline: deadline(at) })).toEqual({ kind: 'none' }),
  );
});

describe('a second-factor deadline', () => {
  test.each([
    [1, 'offer'],
    [0, 'enrol'],
    [-1, 'enrol'],
  ])('%i ms before it: %s', (left, kind) => expect(decide({ deadline: deadline(at + left) }).kind).toBe(kind));
  test.each([
    [1, 'none'],
    [0, 'offer'],
  ])('announced in %i ms: %s', (left, kind) =>
    expect(decide({ deadline: deadline(at + 10, at + left) }).kind).toBe(kind),
  );
  test.each(['askable', 'provable', 'unusable'] as const)(
    'people with a key are asked for it, whatever the deployment says: %s',
    (holding) => expect(decide({ holding, asksForKey: false, deadline: deadline(at) }).kind).not.toBe('none'),
  );
  test('the deadline holds even where no key can be activated', () =>
    expect(decide({ deadline: deadline(at), mayActivate: false })).toEqual({ kind: 'key' }));
  test('a deadline for a group does not apply to a person whose groups are not known', () => {
    expect(deadlineFor([{ ...deadline(10), group: 'staff' }], {})).toBeUndefined();
    expect(deadlineFor([deadline(10)], {})).toEqual(deadline(10));
  });
  test('the earliest applicable deadline counts', () => {
    const all = [
      { ...deadline(30), client: 'desk', group: 'staff' },
      { ...deadline(20), group: 'staff' },
      { ...deadline(10), client: 'other' },
      deadline(40),
    ];
    expect(deadlineFor(all, { client: 'desk', groups: ['staff'] })?.from).toBe(20);
    expect(deadlineFor(all, { client: 'desk', groups: [] })?.from).toBe(40);
    expect(deadlineFor(all, { client: 'other' })?.from).toBe(10);
    expect(deadlineFor([], { client: 'desk' })).toBeUndefined();
  });
});

test('above `single` a password is never enough alone', () => {
  for (const level of levels.slice(1))
    for (const holding of holdings)
      for (const trusted of [true, false])
        for (const asksForKey of [true, false])
          for (const mayActivate of [true, false]) {
            const { kind } = decide({ level, holding, trusted, asksForKey, mayActivate });
            expect([level, holding, trusted, asksForKey, mayActivate, kind === 'key' || kind === 'enrol']).toEqual([
              level,
              holding,
              trusted,
              asksForKey,
              mayActivate,
              true,
            ]);
          }
});
