import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Advice } from '../factors/policy/migration.ts';
import { nextStep, openSteps, type DecisionFacts } from './next-step.ts';
import { emptyState, type SignInState, type Wizard } from './sign-in-state.ts';

const none: Advice = { kind: 'none' };
const suggest: Advice = { kind: 'suggest', sunsetAt: 1, zone: 'UTC' };
const requireNow: Advice = { kind: 'require', sunsetAt: 1, zone: 'UTC', over: true };
const refuse: Advice = { kind: 'refuse' };
const assurance = {
  amr: ['otp'],
  strength: 'low',
  possession: true,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: false,
} as const;
const proof = { key: 'k', factor: 'card', assurance, at: 1, purpose: 'sign-in' } as const;
const known = { person: 'p', passwordAt: 1 };

const offered = ['app', 'card'];
const asked = { secondStep: { kind: 'key' }, fresh: true, mustProve: true } as const;

const decide = (steps: Partial<SignInState>, advice: Advice = none, order: DecisionFacts['order'] = 'key-first') =>
  nextStep({ steps: { ...emptyState, ...steps }, order, advise: () => advice, offered, ...asked });

describe('the decider', () => {
  test.each<[string, Partial<SignInState>, Advice, DecisionFacts['order'], string]>([
    ['A1 keys first', {}, none, 'key-first', 'choose-key'],
    ['name first', {}, none, 'name-first', 'password'],
    ['who does not know which key it is', { finding: true }, none, 'key-first', 'find-key'],
    ['a key that stays: password', { chosen: 'app', knowingly: true }, none, 'key-first', 'password'],
    [
      'A2 a going key, chosen: the dialog before any credential',
      { chosen: 'card', knowingly: true },
      suggest,
      'key-first',
      'phase-out',
    ],
    [
      'A3 carried on: password',
      { chosen: 'card', knowingly: true, postponed: ['card'] },
      suggest,
      'key-first',
      'password',
    ],
    [
      'A3 then the card',
      { chosen: 'card', knowingly: true, postponed: ['card'], ...known },
      suggest,
      'key-first',
      'prove-key',
    ],
    ['A3 then out', { chosen: 'card', postponed: ['card'], ...known, proof }, suggest, 'key-first', 'finish'],
    [
      'A5 a new key: password first',
      { chosen: 'card', knowingly: true, wish: 'card' },
      suggest,
      'key-first',
      'password',
    ],
    [
      'A5 then the card',
      { chosen: 'card', knowingly: true, wish: 'card', ...known },
      suggest,
      'key-first',
      'prove-key',
    ],
    [
      'A5 then the wizard',
      { chosen: 'card', knowingly: true, wish: 'card', ...known, proof },
      suggest,
      'key-first',
      'confirm-email',
    ],
    [
      'our choice of a going key: the dialog after the proof',
      { chosen: 'card', knowingly: false, ...known, proof },
      suggest,
      'name-first',
      'phase-out',
    ],
    [
      'A12 refuse: still the proof, which the verifier refuses',
      { chosen: 'card', knowingly: true, ...known },
      refuse,
      'key-first',
      'prove-key',
    ],
    ['A12 re-enrol: said before', { chosen: 'card', knowingly: true }, requireNow, 'key-first', 'phase-out'],
    [
      'a requirement is not put off',
      { chosen: 'card', postponed: ['card'], ...known, proof },
      requireNow,
      'key-first',
      'phase-out',
    ],
    [
      'A12 re-enrol: only the wizard',
      { chosen: 'card', ...known, proof: { ...proof, purpose: 're-enrolment' } },
      requireNow,
      'key-first',
      'confirm-email',
    ],
    ['known, no key chosen', { ...known }, none, 'name-first', 'choose-key'],
    ['refused', { ...known, refused: { reason: 'no_usable_key' } }, none, 'name-first', 'refused'],
  ])('%s', (_name, steps, advice, order, expected) => {
    expect(decide(steps, advice, order)).toBe(expected);
  });

  test.each(['key-first', 'name-first'] as const)(
    'nothing to choose from is no page without a way out, %s',
    (order) => {
      const facts = { steps: { ...emptyState, ...known }, order, advise: () => none, offered: [], ...asked };
      expect(nextStep(facts)).toBe('refused');
      expect(openSteps(facts)).toEqual(['refused']);
    },
  );

  const wizard: fc.Arbitrary<Wizard> = fc.record({
    at: fc.constantFrom('confirm-email', 'select-key', 'activate-key'),
    from: fc.constant('card'),
    fromKey: fc.constant('k'),
    email: fc.constantFrom('show', 'change', 'prove'),
  });
  const anySteps: fc.Arbitrary<SignInState> = fc
    .record(
      {
        chosen: fc.constantFrom('card', 'app'),
        knowingly: fc.boolean(),
        wish: fc.constantFrom('card', 'app'),
        person: fc.constant('p'),
        passwordAt: fc.constant(1),
        proof: fc.constant(proof),
        wizard,
        refused: fc.constant({ reason: 'no_usable_key' as const }),
      },
      { requiredKeys: [] },
    )
    .chain((some) => fc.subarray(['card', 'app']).map((postponed) => ({ ...emptyState, ...some, postponed })));
  const anyFacts = fc.record({
    steps: anySteps,
    order: fc.constantFrom('key-first' as const, 'name-first' as const),
    advice: fc.constantFrom(none, suggest, requireNow, refuse),
  });

  test('property: it finishes only on a proof, and never past a requirement', () => {
    fc.assert(
      fc.property(anyFacts, ({ steps, order, advice }) => {
        const next = nextStep({ steps, order, advise: () => advice, offered, ...asked });
        if (next !== 'finish') return;
        expect(steps.proof).toBeDefined();
        expect(steps.refused).toBeUndefined();
        expect(advice.kind === 'require').toBe(false);
      }),
    );
  });

  test('property: there is always a page, and it is among those that are open', () => {
    fc.assert(
      fc.property(anyFacts, ({ steps, order, advice }) => {
        const facts = { steps, order, advise: () => advice, offered, ...asked };
        const next = nextStep(facts);
        expect(next === 'finish' || openSteps(facts).includes(next)).toBe(true);
      }),
    );
  });

  test('property: no page of the wizard is open before its turn', () => {
    fc.assert(
      fc.property(anyFacts, ({ steps, order, advice }) => {
        if (
          steps.wizard ||
          (steps.proof && nextStep({ steps, order, advise: () => advice, offered, ...asked }) === 'confirm-email')
        )
          return;
        const open = openSteps({ steps, order, advise: () => advice, offered, ...asked });
        for (const step of ['select-key', 'activate-key', 'done'] as const) expect(open).not.toContain(step);
      }),
    );
  });
});
