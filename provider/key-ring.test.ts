import { describe, expect, test } from '@jest/globals';
import { array, assert, integer, property } from 'fast-check';
import {
  addKey,
  dueSteps,
  promoteKey,
  retireKey,
  standingOf,
  type RingChange,
  type RingKey,
  type RingRules,
} from './key-ring.ts';

const rules: RingRules = { publishedFor: 100, keptFor: 1_000 };
const first: RingKey = { id: 'first', group: 'RS256', addedAt: 0, promotedAt: 0 };
const other: RingKey = { id: 'other', group: 'ES256', addedAt: 0, promotedAt: 0 };
const second: RingKey = { id: 'second', group: 'RS256', addedAt: 10_000 };
const keysOf = (change: RingChange<RingKey>): readonly RingKey[] => {
  if (!change.ok) throw new Error(change.why);
  return change.keys;
};
const added = keysOf(addKey([first, other], second));
const promoted = keysOf(promoteKey(added, 'second', { now: 10_100, rules }));

describe('A-102: keys overlap by rule', () => {
  test.each([
    ['another while one waits', addKey(added, { ...second, id: 'third' }), 'next-there', undefined],
    ['promoted 1 ms too early', promoteKey(added, 'second', { now: 10_099, rules }), 'too-early', 10_100],
    ['promoted twice', promoteKey(promoted, 'second', { now: 99_999, rules }), 'not-next', undefined],
    ['an old one promoted again', promoteKey(promoted, 'first', { now: 99_999, rules }), 'not-next', undefined],
    ['retired 1 ms too early', retireKey(promoted, 'first', { now: 11_099, rules }), 'too-early', 11_100],
    [
      'retired while it signs',
      retireKey(promoted, 'second', { now: 99_999, rules, forced: true }),
      'signs-now',
      undefined,
    ],
    ['one that is not there', retireKey(promoted, 'third', { now: 99_999, rules }), 'no-such-key', undefined],
  ])('refused: %s', (_what, change, why, from) => {
    expect(change).toEqual({ ok: false, why, ...(from === undefined ? {} : { from }) });
  });

  test('the promoted key signs, the former one follows it, other groups stay unchanged', () => {
    expect(promoted.map(({ id }) => id)).toEqual(['second', 'first', 'other']);
    expect(promoted.map(standingOf)).toEqual(['signing', 'old', 'signing']);
    expect(keysOf(retireKey(promoted, 'first', { now: 11_100, rules })).map(({ id }) => id)).toEqual([
      'second',
      'other',
    ]);
  });

  test('with force a key is removed at once; a key that signed nothing can be removed at any time', () => {
    expect(keysOf(promoteKey(added, 'second', { now: 10_001, rules, forced: true }))[0]?.id).toBe('second');
    expect(keysOf(retireKey(promoted, 'first', { now: 10_101, rules, forced: true }))).toHaveLength(2);
    expect(keysOf(retireKey(added, 'second', { now: 10_001, rules }))).toEqual([first, other]);
  });

  test('automatic rotation: exactly one key of a group signs at any time, and no rule is broken', () => {
    const looks = array(integer({ min: 1, max: 700 }), { maxLength: 60 });
    assert(
      property(looks, (pauses) => {
        let keys: readonly RingKey[] = [first, other];
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          for (const step of dueSteps(keys, rules, 2_000, now)) {
            const fresh = { id: `${step.group} ${now}`, group: step.group, addedAt: now };
            const options = { now, rules };
            keys = keysOf(
              step.do === 'add'
                ? addKey(keys, fresh)
                : step.do === 'promote'
                  ? promoteKey(keys, step.id, options)
                  : retireKey(keys, step.id, options),
            );
          }
          for (const group of ['RS256', 'ES256']) {
            const own = keys.filter((key) => key.group === group);
            expect(own.filter((key) => standingOf(key) === 'signing')).toHaveLength(1);
            expect(own.length).toBeLessThanOrEqual(3);
            // The first key that is not merely published is the one that signs.
            expect(standingOf(own[0] as RingKey)).toBe('signing');
          }
        }
        if (now > 2_700) expect(keys.some(({ promotedAt }) => (promotedAt ?? 0) > 0)).toBe(true);
      }),
    );
  });
});
