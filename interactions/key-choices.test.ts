/** How pages list keys and factors. */
import { describe, expect, test } from '@jest/globals';
import type { Key, Person } from '../accounts/person.ts';
import type { Factor } from '../factors/contract.ts';
import { createContext } from './create-context.ts';
import { choices, heldKeys, mayFind, maySecure, retirementOf } from './key-choices.ts';
import { emptyState } from './sign-in-state.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const key = (id: string, factor: string, over: Partial<Key> = {}): Key => ({
  id,
  factor,
  status: 'active',
  source: 'enrolled',
  boundAt: 1,
  detail: `the ${factor}`,
  attempts: { count: 0, lastAt: 0 },
  ...over,
});
const person = (...keys: readonly Key[]): Person => ({
  ...blankAccount,
  id: 'p1',
  username: 'ada',
  language: 'en',
  keys,
});
const sunsetAt = 100;
const hands: Readonly<Record<string, readonly string[]>> = {
  card: ['card'],
  mail: ['computer', 'phone'],
  app: ['phone'],
};

interface Given {
  readonly now?: number;
  readonly who?: Person;
  readonly order?: 'name-first' | 'key-first';
  readonly accepts?: readonly string[];
  readonly mayActivate?: boolean;
  readonly securing?: true;
}
function contextOf({ now = 60, who, order = 'key-first', accepts, mayActivate = true, securing }: Given = {}) {
  return createContext({
    uid: '',
    now,
    language: 'en',
    order,
    client: { id: 'bank', nameIn: () => 'bank', ...(accepts && { accepts }) },
    level: 'low',
    state: { ...emptyState, ...(who && { person: who.id, passwordAt: now }), ...(securing && { securing }) },
    person: who,
    factors: ['card', 'mail', 'app'].map((id) => ({
      // Only the fields that the decisions read.
      factor: {
        id,
        traits: { many: false, selfService: true, script: false, inHand: hands[id] },
        strength: () => 'substantial',
      } as unknown as Factor,
      settings: {},
      recommended: false,
    })),
    strengthOf: () => 'substantial',
    rules: {
      asksForKey: true,
      mayActivate,
      deadlines: [],
      password: { minimumLength: 8, reset: 'off' },
      barsMailbox: () => false,
    },
    schedules: {
      card: {
        factor: 'card',
        rules: [{ scope: { kind: 'all' }, announceAt: 50, sunsetAt }],
        after: 're-enrol',
        replacements: [],
        zone: 'Europe/Brussels',
      },
    },
  });
}
/** From the last day on no new key of it can be activated either. */
const going = (over: boolean) => ({
  going: { over, lastDay: sunsetAt - 1, zone: 'Europe/Brussels', ...(over ? { closed: true } : {}) },
});

test.each([
  [49, {}],
  [50, going(false)],
  [sunsetAt - 1, going(false)],
  [sunsetAt, going(true)],
])('the last day of a factor is shown from its announcement on: at %i', (now, shown) => {
  expect(retirementOf(contextOf({ now }), 'card')).toEqual(shown);
  expect(retirementOf(contextOf({ now }), 'app')).toEqual({});
});

test('keys are listed if they have a name of their own, or a nature', () => {
  const who = person(
    key('k1', 'app'),
    key('k2', 'app', { label: 'Phone' }),
    key('k3', 'app', { nature: 'synced', detail: '' }),
  );
  expect(heldKeys(who, ['k1', 'k2', 'k3', 'k4'])).toStrictEqual([
    { detail: 'the app', label: 'Phone' },
    { detail: '', nature: 'synced' },
  ]);
  expect(heldKeys(undefined, ['k2'])).toEqual([]);
});

describe('the choices of a page', () => {
  test('before the name is known none is marked', () => {
    expect(choices(contextOf(), ['card', 'mail', 'app'])).toStrictEqual([
      { id: 'card', ...going(false) },
      { id: 'mail' },
      { id: 'app' },
    ]);
  });

  test('afterwards the key that was used last is marked, and has its detail where the name comes first', () => {
    const who = person(key('k1', 'app', { lastUsedAt: 2 }), key('k2', 'mail', { status: 'off' }));
    expect(choices(contextOf({ who, order: 'name-first' }), ['mail', 'app'])).toStrictEqual([
      { id: 'mail' },
      { id: 'app', usedLast: true, detail: 'the app' },
    ]);
    expect(choices(contextOf({ who }), ['app'])).toStrictEqual([{ id: 'app' }]);
  });

  test('neither a key that was never used nor one that is being retired is marked', () => {
    const never = person(key('k1', 'app'));
    expect(choices(contextOf({ who: never }), ['mail', 'app'])).toStrictEqual([{ id: 'mail' }, { id: 'app' }]);
    const who = person(key('k1', 'card', { lastUsedAt: 2 }));
    expect(choices(contextOf({ who }), ['card', 'app'])).toStrictEqual([
      { id: 'card', ...going(false) },
      { id: 'app' },
    ]);
  });
});

test.each([
  ['two factors with different things', undefined, true],
  ['one factor', ['mail'], false],
] as const)('the page find-key is offered for %s: %p', (_name, accepts, isOffered) => {
  expect(mayFind(contextOf(accepts && { accepts }))).toBe(isOffered);
});

test.each([
  [{}, true],
  [{ mayActivate: false }, false],
  [{ securing: true as const }, false],
])('the way to a further key is offered with %p: %p', (given, isOffered) => {
  expect(maySecure(contextOf(given))).toBe(isOffered);
});
