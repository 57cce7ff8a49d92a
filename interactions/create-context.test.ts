/**
 * What a set of proofs can reach, judged by the context that decides every request: over all states of keys and
 * factors.
 */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Assurance, Factor, FactorId, Strength } from '../factors/contract.ts';
import { rank } from '../factors/policy/assurance.ts';
import type { Schedule } from '../factors/policy/types.ts';
import type { Key, Person } from '../accounts/person.ts';
import type { FactorRule, SignInContext } from './context.ts';
import { createContext } from './create-context.ts';
import { emptyState } from './sign-in-state.ts';

const now = 1_000_000;
const installed: Readonly<Record<FactorId, Strength>> = {
  mail: 'low',
  card: 'low',
  app: 'substantial',
  fob: 'substantial',
  stick: 'high',
  token: 'high',
};
const ids = Object.keys(installed);
const ruleOf = (id: FactorId, many: boolean): FactorRule => ({
  // Only the fields that the decisions read.
  factor: {
    id,
    traits: { many, selfService: true, script: false },
    strength: () => installed[id],
  } as unknown as Factor,
  settings: {},
  recommended: false,
});

/** Every state of a key: its own state and the state of its factor. */
const states = [
  'active',
  'announced',
  'closed',
  're-enrol',
  'refuse',
  'purged',
  'blocked',
  'disabled',
  'removed',
  'gone',
] as const;
type State = (typeof states)[number];
/**
 * Whether `before` can become `after` without a proof by the owner: time passes, somebody guesses, an administrator
 * changes a setting.
 */
const getsWorse = (before: State, after: State): boolean => states.indexOf(after) >= states.indexOf(before);

interface Bound {
  readonly factor: FactorId;
  readonly state: State;
  /** As in old documents, which have no such field. */
  readonly unrecorded: boolean;
  /** The attacker can answer it if the page asks for it. */
  readonly owned: boolean;
}

const dated = (factor: FactorId, state: State): readonly (readonly [FactorId, Schedule])[] => {
  const dates = {
    announced: { announceAt: 1, sunsetAt: now + 9 },
    closed: { closeAt: 1, sunsetAt: now + 9 },
    refuse: { sunsetAt: 1 },
    're-enrol': { sunsetAt: 1 },
    purged: { sunsetAt: 1, purgeAt: 2 },
  }[state as string];
  if (!dates) return [];
  const after = state === 're-enrol' ? 're-enrol' : 'refuse';
  return [[factor, { factor, rules: [{ scope: { kind: 'all' }, ...dates }], after, replacements: [], zone: 'UTC' }]];
};

function keyOf({ factor, state, unrecorded }: Bound, index: number): Key {
  return {
    id: `key-${index}`,
    factor,
    detail: '',
    status: state === 'blocked' ? 'blocked' : state === 'removed' ? 'off' : 'active',
    ...(state === 'removed' ? { offAt: 5, offBecause: 'removed' } : {}),
    ...(unrecorded ? {} : { strength: installed[factor] as Strength }),
    boundAt: 1,
    source: 'enrolled',
    attempts: { count: 0, lastAt: 0 },
  };
}

function contextOf(keys: readonly Bound[]): SignInContext {
  const out = new Set(keys.filter(({ state }) => state === 'disabled' || state === 'gone').map(({ factor }) => factor));
  const gone = new Set(keys.filter(({ state }) => state === 'gone').map(({ factor }) => factor));
  const person = {
    id: 'an',
    groups: [],
    keys: keys.map(keyOf),
    postponements: {},
    email: { address: 'an@example.org', verifiedAt: 1 },
  } as unknown as Person;
  return createContext({
    uid: 'u',
    now,
    language: 'nl',
    order: 'name-first',
    client: { id: 'rp', nameIn: () => 'rp' },
    level: 'single',
    state: { ...emptyState, person: 'an', passwordAt: now },
    person,
    factors: ids.filter((id) => !out.has(id)).map((id) => ruleOf(id, true)),
    strengthOf: (id) => (gone.has(id) ? undefined : installed[id]),
    rules: {
      asksForKey: true,
      mayActivate: true,
      deadlines: [],
      password: { minimumLength: 8, reset: 'off' },
      barsMailbox: () => false,
    },
    schedules: Object.fromEntries(keys.flatMap(({ factor, state }) => dated(factor, state))),
  });
}

const assuranceOf = (strength: Strength): Assurance => ({
  amr: [],
  strength,
  possession: true,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: false,
});

/** The strongest key that can be bound with password, mailbox and the attacker's keys. */
function reach(keys: readonly Bound[]): number {
  const bare = contextOf(keys);
  const after = (context: SignInContext, from: FactorId | undefined) =>
    context.targetsOf(from).map(({ id }) => rank(installed[id] as Strength));
  const byMailbox = bare.mustProve ? [] : after(bare, undefined);
  const byKeys = bare.provableKeys.flatMap(({ id, factor }) => {
    if (keys[Number(id.slice(4))]?.owned !== true) return [];
    const strength = installed[factor] as Strength;
    const proof = { key: id, factor, at: now, purpose: 'sign-in', assurance: assuranceOf(strength) } as const;
    const proved = bare.with({ state: { ...bare.state, proof } });
    return [rank(strength), ...after(proved, undefined), ...after(proved, factor)];
  });
  return Math.max(0, ...byMailbox, ...byKeys);
}

const bound = fc
  .tuple(fc.constantFrom(...states), fc.constantFrom(...states), fc.boolean(), fc.boolean())
  .map(([one, other, unrecorded, owned]) => {
    const [before, after] = getsWorse(one, other) ? [one, other] : [other, one];
    return { before, after, unrecorded, owned };
  });
/** At most one key of each factor, since the factor has the dates and the switch. */
const wallets = fc.dictionary(fc.constantFrom(...ids), bound, { maxKeys: 4, noNullPrototype: true });

test('A-055 a set of proofs never reaches a higher level when a key gets worse', () => {
  fc.assert(
    fc.property(wallets, (wallet) => {
      const at = (when: 'before' | 'after') =>
        Object.entries(wallet).map(([factor, { unrecorded, owned, ...both }]): Bound => ({
          factor,
          state: both[when],
          unrecorded,
          owned,
        }));
      expect([at('before'), at('after'), reach(at('after')) <= reach(at('before'))]).toEqual([
        at('before'),
        at('after'),
        true,
      ]);
    }),
    { numRuns: 3_000 },
  );
});

const card = { factor: 'card', state: 'active', unrecorded: false, owned: true } as const;
const app = { factor: 'app', unrecorded: false, owned: false } as const;

test.each(states)('A-055 beside a strong key that is %s a card leads to weak keys alone', (state) => {
  for (const unrecorded of [false, true]) expect(reach([card, { ...app, unrecorded, state }])).toBe(rank('low'));
});

test('A-055 a person with weak keys only can bind a weak key, and a strong one too', () =>
  expect(reach([card])).toBe(rank('high')));

test('A-055 a strong key after its last day permits a replacement of its own strength where the factor says re-enrol', () => {
  const own = { ...app, owned: true };
  expect(reach([card, { ...own, state: 're-enrol' }])).toBe(rank('high'));
  expect(
    reach([
      { ...card, owned: false },
      { ...own, state: 'refuse' },
    ]),
  ).toBe(0);
});

test('A-205 after an administrator removed the last key, password and mailbox cannot bind another key', () => {
  const context = contextOf([{ ...app, state: 'removed' }]);
  expect([context.holding, context.mustProve, context.secondStep.kind, reach([{ ...app, state: 'removed' }])]).toEqual([
    'unusable',
    true,
    'key',
    0,
  ]);
});

test('A-055 a permit permits a new key from its first instant to its last', () => {
  const context = contextOf([{ ...app, state: 'blocked' }]);
  const given = (at: number, until: number) => {
    const person = { ...context.person, permit: { id: 'p', at, until, by: 'cli:test' } } as Person;
    const with_ = context.with({ person });
    return [with_.permitted, with_.secondStep.kind, with_.targetsOf(undefined).length > 0, with_.mayChangeAddress];
  };
  expect(given(now, now + 1)).toEqual([true, 'enrol', true, false]);
  for (const [at, until] of [
    [now - 1, now],
    [now + 1, now + 2],
  ] as const)
    expect(given(at, until)).toEqual([false, 'key', false, false]);
});
