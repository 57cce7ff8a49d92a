// What holds of the decider in every state that a sign-in can be in.
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Advice } from '../factors/policy/migration.ts';
import type { SecondStep } from '../factors/policy/second-step.ts';
import { actionKinds } from '../provider/asked-action.ts';
import { assurance, none, proof, refuse, requireNow, suggest } from '../test/fixtures/decisions.ts';
import { nextStep, openSteps, type DecisionFacts } from './next-step.ts';
import type { ResetNeed } from './reset-need.ts';
import { emptyState, wizardSteps, type Forgotten, type SignInState, type Wizard } from './sign-in-state.ts';

describe('the decider', () => {
  const kinds = ['card', 'app'];
  const anyWizard: fc.Arbitrary<Wizard> = fc.record(
    {
      at: fc.constantFrom(...wizardSteps),
      from: fc.constantFrom(...kinds),
      fromKey: fc.constant('k'),
      mailboxProved: fc.constant(true as const),
      email: fc.constantFrom('show', 'change', 'prove'),
      leaves: fc.boolean(),
    },
    { requiredKeys: ['at', 'email'] },
  );
  const anyProof = fc.record({
    factor: fc.constantFrom(...kinds),
    purpose: fc.constantFrom('sign-in' as const, 're-enrolment' as const),
  });
  const anyForgotten: fc.Arbitrary<Forgotten> = fc.record(
    {
      what: fc.constantFrom('password', 'username'),
      asked: fc.constant({ sealed: '', sentAt: 1, expiresAt: 2, name: 'an' }),
      mailbox: fc.constant({ address: 'an@example.org', at: 1 }),
    },
    { requiredKeys: ['what'] },
  );
  const anySteps: fc.Arbitrary<SignInState> = fc
    .record(
      {
        chosen: fc.constantFrom(...kinds),
        knowingly: fc.boolean(),
        finding: fc.boolean(),
        inHand: fc.constantFrom('phone' as const, 'computer' as const),
        wish: fc.constantFrom(...kinds),
        securing: fc.constant(true as const),
        later: fc.constant(true as const),
        person: fc.constant('p'),
        personVersion: fc.constant('1'),
        sessionKeys: fc.constantFrom([], [{ key: 'k', factor: 'card', assurance, at: 1 }]),
        passwordAt: fc.constant(1),
        trust: fc.constant(true as const),
        proof: anyProof.map((some) => ({ ...proof, ...some })),
        wizard: anyWizard,
        refused: fc.constant({ reason: 'no_usable_key' as const }),
        notice: fc.constant({ reason: 'no_usable_key' as const }),
        selecting: fc.constantFrom<NonNullable<SignInState['selecting']>>(
          { leadsTo: 'session' },
          { leadsTo: 'step-up' },
          { leadsTo: 'sign-in', goesOn: true },
        ),
        username: fc.constant('an'),
        forgotten: anyForgotten,
        passwordSet: fc.constant(true as const),
      },
      { requiredKeys: [] },
    )
    .chain((some) => fc.subarray(kinds).map((postponed) => ({ ...emptyState, ...some, postponed })));
  const anyAdvice = fc.constantFrom(none, suggest, requireNow, refuse);
  const anyFacts: fc.Arbitrary<DecisionFacts> = fc
    .record({
      state: anySteps,
      order: fc.constantFrom('key-first' as const, 'name-first' as const),
      card: anyAdvice,
      app: anyAdvice,
      offered: fc.subarray(kinds),
      secondStep: fc.constantFrom<SecondStep>(
        { kind: 'none' },
        { kind: 'offer', from: 9, zone: 'UTC' },
        { kind: 'enrol' },
        { kind: 'key' },
      ),
      fresh: fc.boolean(),
      unexpected: fc.boolean(),
      mustProve: fc.boolean(),
      proofIsRecent: fc.boolean(),
      action: fc.constantFrom(
        undefined,
        ...actionKinds.filter((kind) => kind !== 'activate').map((kind) => ({ kind })),
      ),
      reset: fc.constantFrom<ResetNeed>('nothing', 'key', 'help', 'again'),
    })
    .map(({ card, app, ...facts }) => ({ ...facts, advise: (factor) => (factor === 'card' ? card : app) }));
  /** States for which the property fails; null: none was found. */
  const unless = (what: (facts: DecisionFacts, next: string) => boolean) =>
    fc.check(
      fc.property(anyFacts, (facts) => what(facts, nextStep(facts))),
      { numRuns: 5_000 },
    ).counterexample;

  /** What each page and the exit require, each condition with its reason, written independently of the decider. */
  const knows = ({ state }: DecisionFacts) => state.person !== undefined && state.passwordAt !== undefined;
  const begun = ({ state }: DecisionFacts) =>
    [state.selecting, state.wizard, state.forgotten, state.passwordSet].some((one) => one !== undefined);
  const provedForKey = ({ state: { proof: given, wish, securing } }: DecisionFacts) =>
    given !== undefined && (given.purpose === 're-enrolment' || wish === given.factor || securing === true);
  /** A recent proof of a key, or of the password alone where there is no key to prove. */
  const mayAct = (facts: DecisionFacts): boolean =>
    (facts.state.person !== undefined && facts.state.proof !== undefined && facts.proofIsRecent) ||
    (knows(facts) && facts.fresh && !facts.mustProve);
  const silent = (advice: Advice, factor: string, { state }: DecisionFacts) =>
    advice.kind === 'none' || (advice.kind === 'suggest' && state.postponed.includes(factor));
  const mayLeave = (facts: DecisionFacts): boolean => {
    const { state, advise, secondStep } = facts;
    if (state.selecting) return state.selecting.goesOn === true;
    if (state.passwordSet ?? state.forgotten) return false;
    if (state.wizard) return state.wizard.leaves === true;
    if (facts.action) return false;
    if (state.proof) return !provedForKey(facts) && silent(advise(state.proof.factor), state.proof.factor, facts);
    if (!knows(facts) || state.securing || state.chosen !== undefined) return false;
    return secondStep.kind === 'none' || (secondStep.kind === 'offer' && state.later === true);
  };

  test('property: the sign-in finishes if and only if nothing is missing', () => {
    expect(
      unless((facts, next) => {
        const barred = facts.state.refused !== undefined || facts.unexpected === true;
        return (next === 'finish') === (!barred && mayLeave(facts));
      }),
    ).toBeNull();
  });

  test('property: a new key needs a proof, or a fresh password where there is no key to prove', () => {
    expect(
      unless((facts, next) => {
        if (next === 'remove-key') return facts.action?.kind === 'remove-key' && mayAct(facts);
        if (next === 'new-password' && !facts.state.passwordSet && !facts.state.forgotten)
          return facts.action?.kind === 'change-password' && mayAct(facts);
        if (next !== 'confirm-email' || begun(facts)) return true;
        if (facts.action) return mayAct(facts);
        if (facts.state.proof) return provedForKey(facts);
        return facts.state.securing === true && knows(facts) && facts.fresh && !facts.mustProve;
      }),
    ).toBeNull();
  });

  test('property: a person who wants a new key without a fresh password is asked for the password', () => {
    expect(
      unless((facts, next) => {
        const { state } = facts;
        const asked = state.securing && !state.proof && !begun(facts) && !state.refused && facts.unexpected !== true;
        return !asked || (knows(facts) && facts.fresh) || next === 'password';
      }),
    ).toBeNull();
  });

  test('property: a refusal always has a reason', () => {
    expect(
      unless((facts, next) => {
        const { state, advise, offered: kindsOffered } = facts;
        if (next !== 'refused') return true;
        if (state.refused || facts.unexpected) return true;
        if (state.forgotten?.mailbox && !state.passwordSet && !state.selecting)
          return facts.reset === 'help' && state.person !== undefined;
        if (begun(facts)) return false;
        if (facts.action) return state.chosen === undefined && kindsOffered.length === 0;
        if (state.proof) return !provedForKey(facts) && advise(state.proof.factor).kind === 'refuse';
        return state.chosen === undefined && kindsOffered.length === 0;
      }),
    ).toBeNull();
  });

  test('property: A-441 a new password needs the mailbox, and the key where one is held', () => {
    expect(
      unless((facts, next) => {
        const { state, reset } = facts;
        const opens = (openSteps(facts) as readonly string[]).includes('new-password');
        if (next !== 'new-password' || state.passwordSet) return !opens || next === 'new-password';
        // The action has a property of its own.
        if (!state.forgotten && facts.action?.kind === 'change-password') return true;
        return state.forgotten?.mailbox !== undefined && state.person !== undefined && reset === 'nothing';
      }),
    ).toBeNull();
  });

  test('property: A-441 while a password is forgotten nothing of a sign-in opens but the way back to the password', () => {
    const own = ['forgotten', 'check-mailbox', 'new-password', 'choose-key', 'prove-key', 'refused'];
    expect(
      unless((facts) => {
        const { forgotten, selecting, passwordSet } = facts.state;
        if (!forgotten || selecting || passwordSet || facts.unexpected) return true;
        const back = forgotten.mailbox === undefined ? ['password'] : [];
        return openSteps(facts).every((step) => [...own, ...back].includes(step));
      }),
    ).toBeNull();
  });

  test('property: the password comes before the key', () => {
    expect(unless((facts, next) => begun(facts) || next !== 'prove-key' || knows(facts))).toBeNull();
  });

  test('property: the dialog is shown for a factor that is being retired and was not put off', () => {
    expect(
      unless((facts, next) => {
        if (next !== 'phase-out') return true;
        const factor = facts.state.proof?.factor ?? facts.state.chosen;
        return factor !== undefined && !silent(facts.advise(factor), factor, facts);
      }),
    ).toBeNull();
  });

  test('property: there is always a next page, and it is open', () => {
    expect(
      unless((facts, next) => next === 'finish' || (openSteps(facts) as readonly string[]).includes(next)),
    ).toBeNull();
  });

  test('property: no page of the wizard opens before the steps that it needs', () => {
    expect(
      unless((facts, next) => {
        if (facts.state.wizard || next === 'confirm-email') return true;
        return !openSteps(facts).some((step) => (wizardSteps as readonly string[]).includes(step));
      }),
    ).toBeNull();
  });

  test('property: A-492 an activation opens nothing before link and code, and never ends in a sign-in', () => {
    const anyActivation = fc.record({
      facts: anyFacts,
      activation: fc.constantFrom(undefined, { id: 'a', codeAt: 1 }),
      linkFault: fc.constantFrom(undefined, 'activation_used'),
      termsDue: fc.boolean(),
    });
    const { counterexample } = fc.check(
      fc.property(anyActivation, ({ facts, activation, linkFault, termsDue }) => {
        const { activation: _none, ...rest } = facts.state;
        const state = { ...rest, ...(activation && { activation }) };
        const given = { ...facts, state, action: { kind: 'activate' as const }, linkFault, termsDue };
        const next = nextStep(given);
        const open: readonly string[] = openSteps(given);
        if (next === 'finish' || !open.includes(next)) return false;
        if (state.refused || facts.unexpected || linkFault) return next === 'refused' && open.length === 1;
        if (!activation) return next === 'paper-code' && open.length === 1;
        return termsDue ? next === 'terms' && open.length === 1 : open.every((step) => step !== 'paper-code');
      }),
      { numRuns: 5_000 },
    );
    expect(counterexample).toBeNull();
  });

  test('property: A-676 consent is asked exactly where the sign-in would end, and only its page is open then', () => {
    expect(
      unless((facts, next) => {
        const asked = { ...facts, consentDue: true };
        const step = nextStep(asked);
        if (next !== 'finish') return step === next;
        return step === 'consent' && openSteps(asked).join() === 'consent';
      }),
    ).toBeNull();
  });
});
