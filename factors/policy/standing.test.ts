import { expect, test } from '@jest/globals';
import { array, assert, boolean, constantFrom, nat, property, record } from 'fast-check';
import type { Assurance } from '../contract.ts';
import { rank } from './assurance.ts';
import { standing, withProofs, type AccountState, type Evidence } from './standing.ts';
import { levels } from './types.ts';

const assurance = (strength: Assurance['strength'], alone = false): Assurance => ({
  amr: [strength],
  strength,
  possession: true,
  userVerified: alone,
  hardware: false,
  phishingResistant: alone,
  otherChannel: false,
});
const proved = (key: string, strength: Assurance['strength'], more: object = {}) =>
  ({ key, factor: strength, assurance: assurance(strength), at: 1, ...more }) as const;
const evidence: Evidence = {
  password: { at: 1, setAt: 0 },
  keys: [proved('card', 'low'), proved('app', 'substantial')],
  ended: 0,
};
const active = (...ids: string[]) => ids.map((id) => ({ id, status: 'active' }) as const);
const account: AccountState = { disabled: false, password: { setAt: 0 }, keys: active('card', 'app') };
const all = () => true;

test('A-204 everything is still valid: level and methods of all of it', () =>
  expect(standing(evidence, account, all)).toMatchObject({
    level: 'substantial',
    amr: ['pwd', 'low', 'substantial', 'mfa'],
  }));

test.each([
  ['the stronger key is off', { keys: active('card') }, all, 'low'],
  ['the stronger kind is over', {}, (factor: string) => factor !== 'substantial', 'low'],
  ['no key is left', { keys: [] }, all, 'single'],
  ['another password', { password: { setAt: 1 } }, all, undefined],
  ['disabled', { disabled: true }, all, undefined],
  ['all sessions ended', { sessionsEnded: 1 }, all, undefined],
] as const)('A-204 %s', (_title, changed, counts, level) =>
  expect(standing(evidence, { ...account, ...changed }, counts)?.level).toBe(level),
);

test('A-204 a key that needs no password outlives the password', () => {
  const alone = { ...proved('passkey', 'high'), assurance: assurance('high', true) };
  const rests = { ...evidence, keys: [alone] };
  const changed = { ...account, password: { setAt: 5 }, keys: active('passkey') };
  expect(standing(rests, changed, all)).toMatchObject({
    level: 'high',
    amr: ['high', 'mfa'],
    rests: { keys: [alone] },
  });
});

test.each([
  ['replaced', true, true, 'substantial'],
  ['removed', true, true, 'low'],
  ['replaced', false, true, 'single'],
  ['replaced', true, false, 'low'],
] as const)(
  'A-204 a key that made way: %s, new key works %s, old factor counts %s',
  (offBecause, works, counts, level) => {
    const rests = { ...evidence, keys: [proved('app', 'substantial', { replacedBy: 'card' }), proved('card', 'low')] };
    const keys = [{ id: 'app', status: 'off', offBecause } as const, ...(works ? active('card') : [])];
    expect(standing(rests, { ...account, keys }, (factor) => counts || factor !== 'substantial')?.level).toBe(level);
  },
);

test.each([
  [undefined, undefined, true],
  [0, undefined, true],
  [undefined, 0, true],
  [2, 2, true],
  [1, undefined, false],
  [undefined, 1, false],
  [1, 2, false],
] as const)('A-204 sessions ended %s times when it began, %s times now: stands %s', (before, now, stands) => {
  const { ended: _ended, ...rest } = evidence;
  const rests = before === undefined ? rest : { ...rest, ended: before };
  const sessionsEnded = now === undefined ? {} : { sessionsEnded: now };
  expect(standing(rests, { ...account, ...sessionsEnded }, all) !== undefined).toBe(stands);
});

test('A-204 several keys proved again are each kept once', () =>
  expect(
    withProofs([proved('a', 'low'), proved('b', 'low')], [proved('a', 'low', { at: 9 }), proved('c', 'low')]),
  ).toEqual([proved('b', 'low'), proved('a', 'low', { at: 9 }), proved('c', 'low')]));

test('A-204 only the last proof of a key is kept', () =>
  expect(withProofs([proved('a', 'low'), proved('b', 'low')], [proved('a', 'low', { at: 9 })])).toEqual([
    proved('b', 'low'),
    proved('a', 'low', { at: 9 }),
  ]));

test('A-204 removing something never raises what is still valid', () => {
  const strength = constantFrom('low', 'substantial', 'high' as const);
  const key = record({ strength, alone: boolean(), active: boolean(), counts: boolean() });
  const reached = (
    keys: readonly { strength: 'low' | 'substantial' | 'high'; alone: boolean; active: boolean; counts: boolean }[],
    same: boolean,
  ) => {
    const rests: Evidence = {
      password: { at: 1, setAt: 0 },
      keys: keys.map((one, id) => ({
        key: `${id}`,
        factor: `${id}`,
        assurance: assurance(one.strength, one.alone),
        at: 1,
      })),
    };
    const now: AccountState = {
      disabled: false,
      password: { setAt: same ? 0 : 1 },
      keys: keys.map((one, id) => ({ id: `${id}`, status: one.active ? 'active' : 'off' })),
    };
    const level = standing(rests, now, (factor) => keys[Number(factor)]?.counts ?? false)?.level;
    return level === undefined ? -1 : rank(level);
  };
  assert(
    property(array(key, { minLength: 1, maxLength: 4 }), boolean(), nat(), (keys, same, which) => {
      const at = which % keys.length;
      for (const worse of [{ active: false }, { counts: false }]) {
        const after = keys.map((one, id) => (id === at ? { ...one, ...worse } : one));
        expect(reached(after, same)).toBeLessThanOrEqual(reached(keys, same));
      }
      expect(reached(keys, false)).toBeLessThanOrEqual(reached(keys, true));
      expect(reached(keys, true)).toBeLessThan(levels.length);
    }),
  );
});
