import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Advice } from '../factors/policy/migration.ts';
import { nextStep, openSteps, type DecisionFacts } from './next-step.ts';
import { emptyState, wizardSteps, type Forgotten, type SignInState, type Wizard } from './sign-in-state.ts';
import type { ResetNeed } from './reset-need.ts';
import { actionKinds } from '../provider/asked-action.ts';
import type { SecondStep } from '../factors/policy/second-step.ts';

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

const sentTo = { what: 'password', asked: { sealed: '', sentAt: 1, expiresAt: 2, name: 'an' } } as const;
const mailed = { ...sentTo, mailbox: { address: 'an@example.org', at: 1 } } as const;

const offered = ['app', 'card'];
const asked = {
  secondStep: { kind: 'key' },
  fresh: true,
  mustProve: true,
  proofIsRecent: true,
  reset: 'again',
} as const;

const base: Omit<DecisionFacts, 'steps'> = { order: 'key-first', advise: () => none, offered, ...asked };

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
    'a person without a key to choose gets a page with a way out, %s',
    (order) => {
      const facts = { steps: { ...emptyState, ...known }, order, advise: () => none, offered: [], ...asked };
      expect(nextStep(facts)).toBe('refused');
      expect(openSteps(facts)).toEqual(['refused']);
    },
  );

  test.each<[string, Partial<SignInState>, Partial<DecisionFacts>, string]>([
    ['a password alone is enough', known, { secondStep: { kind: 'none' } }, 'finish'],
    ['a further key is offered', known, { secondStep: { kind: 'offer', from: 9, zone: 'UTC' } }, 'secure-account'],
    [
      'the offer was put off',
      { ...known, later: true },
      { secondStep: { kind: 'offer', from: 9, zone: 'UTC' } },
      'finish',
    ],
    ['a key must be activated', known, { secondStep: { kind: 'enrol' } }, 'secure-account'],
    ['and is not put off', { ...known, later: true }, { secondStep: { kind: 'enrol' } }, 'secure-account'],
    ['a key is asked', { ...known, later: true }, { secondStep: { kind: 'key' } }, 'choose-key'],
    ['a key is asked, and which one is not known', { ...known, finding: true }, {}, 'find-key'],
    ['a further key: the password first', { securing: true }, {}, 'password'],
    ['a further key: a person without a password', { securing: true, person: 'p' }, {}, 'password'],
    ['a further key: the password is too old', { ...known, securing: true }, { fresh: false }, 'password'],
    ['a further key: a key is proved first', { ...known, securing: true }, {}, 'choose-key'],
    ['a further key: the key that was chosen', { ...known, securing: true, chosen: 'app' }, {}, 'prove-key'],
    [
      'a further key: no dialog about the one that proves it',
      { ...known, securing: true, chosen: 'card', knowingly: true },
      { advise: () => suggest },
      'prove-key',
    ],
    ['the first key: the mailbox', { ...known, securing: true }, { mustProve: false }, 'confirm-email'],
    ['a further key, after the proof', { ...known, securing: true, proof }, { fresh: false }, 'confirm-email'],
    [
      'a further key is no sign-in by password',
      { ...known, securing: true },
      { secondStep: { kind: 'none' } },
      'choose-key',
    ],
    [
      'our choice of a going key: the key before the dialog',
      { ...known, chosen: 'card' },
      { advise: () => suggest },
      'prove-key',
    ],
    ['somebody else was expected', { ...known, proof }, { unexpected: true }, 'refused'],
    ['which account it shall be', { ...known, selecting: { leadsTo: 'session' } }, {}, 'select-account'],
    ['it goes on with the account', { selecting: { leadsTo: 'session', goesOn: true } }, {}, 'finish'],
    ['the password is asked beside a key that was proved alone', { person: 'p', chosen: 'app' }, {}, 'password'],
    ['a password without a person', { passwordAt: 1, chosen: 'app' }, {}, 'password'],
    ['a wizard that is done', { ...known, proof, wizard: { at: 'done', email: 'show', leaves: true } }, {}, 'finish'],
    ['A-440 forgotten: the name', { forgotten: { what: 'password' } }, {}, 'forgotten'],
    ['A-440 forgotten: the code', { forgotten: sentTo }, {}, 'check-mailbox'],
    ['A-441 forgotten: the key', { person: 'p', forgotten: mailed, chosen: 'app' }, { reset: 'key' }, 'prove-key'],
    ['A-441 forgotten: which key', { person: 'p', forgotten: mailed }, { reset: 'key' }, 'choose-key'],
    ['A-441 forgotten: no key that will do', { person: 'p', forgotten: mailed }, { reset: 'help' }, 'refused'],
    ['A-441 forgotten: the mailbox was proved too long ago', { person: 'p', forgotten: mailed }, {}, 'forgotten'],
    ['A-441 forgotten: nobody is known', { forgotten: mailed }, { reset: 'nothing' }, 'forgotten'],
    ['forgotten: the new password', { person: 'p', forgotten: mailed }, { reset: 'nothing' }, 'new-password'],
    ['the new password is said to be set', { ...known, proof, passwordSet: true }, {}, 'new-password'],
    ['a wizard in its middle', { ...known, proof, wizard: { at: 'select-key', email: 'show' } }, {}, 'select-key'],
  ])('%s', (_name, steps, facts, expected) => {
    expect(nextStep({ ...base, ...facts, steps: { ...emptyState, ...steps } })).toBe(expected);
  });

  const adding = { action: { kind: 'add-key' } } as const;
  const old = { ...adding, proofIsRecent: false } as const;
  test.each<[string, Partial<SignInState>, Partial<DecisionFacts>, string]>([
    ['nobody is known', {}, adding, 'password'],
    ['the password is too old', known, { ...adding, fresh: false }, 'password'],
    ['which key', known, adding, 'choose-key'],
    ['which key, and the person does not know', { ...known, finding: true }, adding, 'find-key'],
    ['no key to choose from', known, { ...adding, offered: [] }, 'refused'],
    ['the key', { ...known, chosen: 'app' }, adding, 'prove-key'],
    [
      'a key that is going is asked without its dialog',
      { ...known, chosen: 'card', knowingly: true },
      { ...adding, advise: () => suggest },
      'prove-key',
    ],
    [
      'the proof is recent, however old the password',
      { ...known, chosen: 'app', proof },
      { ...adding, fresh: false },
      'confirm-email',
    ],
    ['the proof is old: the password first', { ...known, chosen: 'app', proof }, { ...old, fresh: false }, 'password'],
    ['then the key again', { ...known, chosen: 'app', proof }, old, 'prove-key'],
    ['a key is to be removed', { ...known, proof }, { action: { kind: 'remove-key' } }, 'remove-key'],
    ['the password is to be changed', { ...known, proof }, { action: { kind: 'change-password' } }, 'new-password'],
    ['the password, and no key was proved', known, { action: { kind: 'change-password' } }, 'choose-key'],
    ['the address is to be changed', { ...known, proof }, { action: { kind: 'change-email' } }, 'confirm-email'],
    ['a key is to be replaced', { ...known, proof }, { action: { kind: 'replace-key' } }, 'confirm-email'],
    ['a key is to be removed, and none was proved', known, { action: { kind: 'remove-key' } }, 'choose-key'],
    ['no key to prove', known, { ...adding, mustProve: false }, 'confirm-email'],
    ['no key to prove, an old password', known, { ...adding, mustProve: false, fresh: false }, 'password'],
    [
      'a password that would be enough does not end it',
      known,
      { ...adding, secondStep: { kind: 'none' } },
      'choose-key',
    ],
    ['which account it shall be', { person: 'p', selecting: { leadsTo: 'step-up' } }, adding, 'select-account'],
    ['somebody else was expected', { ...known, proof }, { ...adding, unexpected: true }, 'refused'],
    ['in the wizard', { ...known, proof, wizard: { at: 'activate-key', email: 'show' } }, old, 'activate-key'],
    ['it is done', { ...known, proof, wizard: { at: 'done', email: 'show', leaves: true } }, old, 'finish'],
  ])('A-420 an action: %s', (_name, steps, facts, expected) => {
    expect(nextStep({ ...base, ...facts, steps: { ...emptyState, ...steps } })).toBe(expected);
  });

  test('A-420 an action: the dialog about a key that is going is not open', () => {
    const steps = { ...emptyState, ...known, chosen: 'card', knowingly: true };
    expect(openSteps({ ...base, ...adding, steps, advise: () => suggest })).toEqual([
      'prove-key',
      'choose-key',
      'password',
    ]);
  });

  test('a suggestion that was put off for one factor is still made for another', () => {
    const steps = { ...emptyState, ...known, chosen: 'card', postponed: ['app'], proof };
    expect(nextStep({ ...base, steps, advise: () => suggest })).toBe('phase-out');
  });

  test('the dates of the proved key count, not those of the key chosen before', () => {
    const steps = { ...emptyState, ...known, chosen: 'app', proof };
    const advise = (factor: string) => (factor === 'card' ? refuse : none);
    expect(nextStep({ ...base, steps, advise })).toBe('refused');
  });

  test('a wish for another factor than the proved one starts no wizard', () => {
    expect(decide({ ...known, chosen: 'card', wish: 'app', proof })).toBe('finish');
  });

  test.each<[string, Partial<SignInState>, Partial<DecisionFacts>, readonly string[]]>([
    ['after the end nothing', known, { secondStep: { kind: 'none' } }, []],
    ['a refusal alone', { ...known, refused: { reason: 'no_usable_key' } }, {}, ['refused']],
    ['the choice of an account alone', { person: 'p', selecting: { leadsTo: 'session' } }, {}, ['select-account']],
    ['after the proof the page that follows', { ...known, chosen: 'card', wish: 'card', proof }, {}, ['confirm-email']],
    [
      'in the wizard what came before',
      { wizard: { at: 'activate-key', email: 'show' } },
      {},
      ['confirm-email', 'select-key', 'activate-key'],
    ],
    ['at its begin nothing before', { wizard: { at: 'confirm-email', email: 'show' } }, {}, ['confirm-email']],
    ['at its end nothing before', { wizard: { at: 'done', email: 'show' } }, {}, ['done']],
    ['from the password back to the choice', { chosen: 'app' }, {}, ['password', 'choose-key']],
    ['name first: from the password nowhere', { chosen: 'app' }, { order: 'name-first' }, ['password']],
    [
      'name first, then the key',
      { ...known, chosen: 'app' },
      { order: 'name-first' },
      ['prove-key', 'choose-key', 'password'],
    ],
    ['no choice, no way back to it', { ...known, chosen: 'app' }, { offered: [] }, ['prove-key', 'password']],
    ['back to a choice of one', { chosen: 'app' }, { offered: ['app'] }, ['password', 'choose-key']],
    ['from the search for the key', { finding: true }, {}, ['find-key', 'choose-key']],
    [
      'the dialog stays open behind the key',
      { ...known, chosen: 'card', knowingly: true, postponed: ['card'] },
      { advise: () => suggest },
      ['prove-key', 'choose-key', 'phase-out', 'password'],
    ],
    [
      'and behind a wish',
      { ...known, chosen: 'card', knowingly: true, wish: 'card' },
      { advise: () => requireNow },
      ['prove-key', 'choose-key', 'phase-out', 'password'],
    ],
    [
      'not where nothing ends',
      { ...known, chosen: 'card', knowingly: true },
      {},
      ['prove-key', 'choose-key', 'password'],
    ],
    [
      'not where it was over before',
      { ...known, chosen: 'card', knowingly: true },
      { advise: () => refuse },
      ['prove-key', 'choose-key', 'password'],
    ],
    [
      'not where the choice was ours',
      { ...known, chosen: 'card', postponed: ['card'] },
      { advise: () => suggest },
      ['prove-key', 'choose-key', 'password'],
    ],
    [
      'from the offer of a key back to the password',
      known,
      { secondStep: { kind: 'enrol' } },
      ['secure-account', 'password'],
    ],
    ['A-440 from the name back to the password', { forgotten: { what: 'password' } }, {}, ['forgotten', 'password']],
    ['A-440 from the code back to the name', { forgotten: sentTo }, {}, ['check-mailbox', 'forgotten', 'password']],
    [
      'A-441 from the key of a forgotten password to another key',
      { person: 'p', forgotten: mailed, chosen: 'app' },
      { reset: 'key' },
      ['prove-key', 'choose-key'],
    ],
    [
      'A-441 from the new password nowhere',
      { person: 'p', forgotten: mailed, chosen: 'app', proof },
      { reset: 'nothing' },
      ['new-password'],
    ],
    ['not at a step-up', { ...known, sessionKeys: [] }, { secondStep: { kind: 'enrol' } }, ['secure-account']],
  ])('open pages: %s', (_name, steps, facts, expected) => {
    expect(openSteps({ ...base, ...facts, steps: { ...emptyState, ...steps } })).toEqual(expected);
  });

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
      steps: anySteps,
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
  const knows = ({ steps }: DecisionFacts) => steps.person !== undefined && steps.passwordAt !== undefined;
  const begun = ({ steps }: DecisionFacts) =>
    [steps.selecting, steps.wizard, steps.forgotten, steps.passwordSet].some((one) => one !== undefined);
  const provedForKey = ({ steps: { proof: given, wish, securing } }: DecisionFacts) =>
    given !== undefined && (given.purpose === 're-enrolment' || wish === given.factor || securing === true);
  /** A recent proof of a key, or of the password alone where there is no key to prove. */
  const mayAct = (facts: DecisionFacts): boolean =>
    (facts.steps.person !== undefined && facts.steps.proof !== undefined && facts.proofIsRecent) ||
    (knows(facts) && facts.fresh && !facts.mustProve);
  const silent = (advice: Advice, factor: string, { steps }: DecisionFacts) =>
    advice.kind === 'none' || (advice.kind === 'suggest' && steps.postponed.includes(factor));
  const mayLeave = (facts: DecisionFacts): boolean => {
    const { steps, advise, secondStep } = facts;
    if (steps.selecting) return steps.selecting.goesOn === true;
    if (steps.passwordSet ?? steps.forgotten) return false;
    if (steps.wizard) return steps.wizard.leaves === true;
    if (facts.action) return false;
    if (steps.proof) return !provedForKey(facts) && silent(advise(steps.proof.factor), steps.proof.factor, facts);
    if (!knows(facts) || steps.securing || steps.chosen !== undefined) return false;
    return secondStep.kind === 'none' || (secondStep.kind === 'offer' && steps.later === true);
  };

  test('property: the sign-in finishes if and only if nothing is missing', () => {
    expect(
      unless((facts, next) => {
        const barred = facts.steps.refused !== undefined || facts.unexpected === true;
        return (next === 'finish') === (!barred && mayLeave(facts));
      }),
    ).toBeNull();
  });

  test('property: a new key needs a proof, or a fresh password where there is no key to prove', () => {
    expect(
      unless((facts, next) => {
        if (next === 'remove-key') return facts.action?.kind === 'remove-key' && mayAct(facts);
        if (next === 'new-password' && !facts.steps.passwordSet && !facts.steps.forgotten)
          return facts.action?.kind === 'change-password' && mayAct(facts);
        if (next !== 'confirm-email' || begun(facts)) return true;
        if (facts.action) return mayAct(facts);
        if (facts.steps.proof) return provedForKey(facts);
        return facts.steps.securing === true && knows(facts) && facts.fresh && !facts.mustProve;
      }),
    ).toBeNull();
  });

  test('property: a person who wants a new key without a fresh password is asked for the password', () => {
    expect(
      unless((facts, next) => {
        const { steps } = facts;
        const asked = steps.securing && !steps.proof && !begun(facts) && !steps.refused && facts.unexpected !== true;
        return !asked || (knows(facts) && facts.fresh) || next === 'password';
      }),
    ).toBeNull();
  });

  test('property: a refusal always has a reason', () => {
    expect(
      unless((facts, next) => {
        const { steps, advise, offered: kindsOffered } = facts;
        if (next !== 'refused') return true;
        if (steps.refused || facts.unexpected) return true;
        if (steps.forgotten?.mailbox && !steps.passwordSet && !steps.selecting)
          return facts.reset === 'help' && steps.person !== undefined;
        if (begun(facts)) return false;
        if (facts.action) return steps.chosen === undefined && kindsOffered.length === 0;
        if (steps.proof) return !provedForKey(facts) && advise(steps.proof.factor).kind === 'refuse';
        return steps.chosen === undefined && kindsOffered.length === 0;
      }),
    ).toBeNull();
  });

  test('property: A-441 a new password needs the mailbox, and the key where one is held', () => {
    expect(
      unless((facts, next) => {
        const { steps, reset } = facts;
        const opens = (openSteps(facts) as readonly string[]).includes('new-password');
        if (next !== 'new-password' || steps.passwordSet) return !opens || next === 'new-password';
        // The action has a property of its own.
        if (!steps.forgotten && facts.action?.kind === 'change-password') return true;
        return steps.forgotten?.mailbox !== undefined && steps.person !== undefined && reset === 'nothing';
      }),
    ).toBeNull();
  });

  test('property: A-441 while a password is forgotten nothing of a sign-in opens but the way back to the password', () => {
    const own = ['forgotten', 'check-mailbox', 'new-password', 'choose-key', 'prove-key', 'refused'];
    expect(
      unless((facts) => {
        const { forgotten, selecting, passwordSet } = facts.steps;
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
        const factor = facts.steps.proof?.factor ?? facts.steps.chosen;
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
        if (facts.steps.wizard || next === 'confirm-email') return true;
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
        const { activation: _none, ...rest } = facts.steps;
        const steps = { ...rest, ...(activation && { activation }) };
        const given = { ...facts, steps, action: { kind: 'activate' as const }, linkFault, termsDue };
        const next = nextStep(given);
        const open: readonly string[] = openSteps(given);
        if (next === 'finish' || !open.includes(next)) return false;
        if (steps.refused || facts.unexpected || linkFault) return next === 'refused' && open.length === 1;
        if (!activation) return next === 'paper-code' && open.length === 1;
        return termsDue ? next === 'terms' && open.length === 1 : open.every((step) => step !== 'paper-code');
      }),
      { numRuns: 5_000 },
    );
    expect(counterexample).toBeNull();
  });

  test('A-496 the terms come last, before the sign-in ends', () => {
    const done = { ...emptyState, ...known, proof };
    expect(nextStep({ ...base, steps: done, termsDue: true })).toBe('terms');
    expect(nextStep({ ...base, steps: done })).toBe('finish');
    expect(nextStep({ ...base, steps: { ...emptyState, chosen: 'app' }, termsDue: true })).toBe('password');
  });
});
