/**
 * The only decider: computes the next step from the sign-in state and the dates. Pure. A step never names its
 * successor.
 */
import type { Advice } from '../factors/policy/migration.ts';
import type { FactorId } from '../factors/contract.ts';
import type { SecondStep } from '../factors/policy/second-step.ts';
import type { ActionKind } from '../provider/asked-action.ts';
import type { ResetNeed } from './reset-need.ts';
import { wizardSteps, type Forgotten, type StepName, type SignInState } from './sign-in-state.ts';

export interface DecisionFacts {
  readonly state: SignInState;
  readonly order: 'key-first' | 'name-first';
  /** What the dates advise about a factor for this relying party and, if known, this person. */
  readonly advise: (factor: FactorId) => Advice;
  /** Factors that the person can choose from. */
  readonly offered: readonly FactorId[];
  /** What the sign-in needs beside the password, once the person is known. */
  readonly secondStep: SecondStep;
  /** The password was given recently enough. */
  readonly fresh: boolean;
  /** The person is known, and is not the one that the relying party asked for. */
  readonly unexpected?: boolean;
  /** A person with keys proves one before a further key is activated. */
  readonly mustProve: boolean;
  /** What the application asks the person to do, until it is done (`rekey_action`). */
  readonly action?: { readonly kind: ActionKind } | undefined;
  /** The link of an activation opens nothing any more. */
  readonly linkFault?: unknown;
  /** Terms of use must be accepted first. */
  readonly termsDue?: boolean;
  /** The relying party is a third party, and the person has not allowed what it asks for. */
  readonly consentDue?: boolean;
  /** The key was proved recently enough for a change of the account. */
  readonly proofIsRecent: boolean;
  /** What a new password needs beside the proved mailbox. */
  readonly reset: ResetNeed;
}

export type Next = StepName | 'finish';

export function nextStep(facts: DecisionFacts): Next {
  const next = nextOfSignIn(facts);
  if (next !== 'finish') return next;
  if (facts.termsDue === true) return 'terms';
  return facts.consentDue === true ? 'consent' : next;
}

function nextOfSignIn(facts: DecisionFacts): Next {
  const { state, order, advise, offered, fresh, mustProve } = facts;
  if (state.refused || facts.unexpected === true) return 'refused';
  if (facts.action?.kind === 'activate') return forActivation(facts);
  if (state.selecting) return state.selecting.goesOn ? 'finish' : 'select-account';
  if (state.passwordSet) return 'new-password';
  if (state.forgotten) return forgottenStep(facts, state.forgotten);
  if (state.wizard) return state.wizard.leaves ? 'finish' : state.wizard.at;
  if (facts.action) return forAction(facts, facts.action.kind);
  const known = isKnown(state);

  if (state.proof) {
    const { factor, purpose } = state.proof;
    if (purpose === 're-enrolment' || state.wish === factor || state.securing) return 'confirm-email';
    const advice = advise(factor);
    // The factor reached its last day after the proof, so the proof no longer counts.
    if (advice.kind === 'refuse') return 'refused';
    return interrupts(advice, factor, state) ? 'phase-out' : 'finish';
  }
  if (state.securing) {
    if (!known || !fresh) return 'password';
    if (!mustProve) return 'confirm-email';
    if (state.chosen !== undefined) return 'prove-key';
  }
  if (state.chosen === undefined) {
    if (order === 'name-first' && !known) return 'password';
    const alone = known && !state.securing ? withoutKeyAsked(facts) : undefined;
    if (alone) return alone;
    if (offered.length === 0) return 'refused';
    return state.finding ? 'find-key' : 'choose-key';
  }

  const advice = advise(state.chosen);
  const dialogFirst = state.knowingly === true || advice.kind === 'require';
  if (dialogFirst && state.wish !== state.chosen && interrupts(advice, state.chosen, state)) return 'phase-out';
  return known ? 'prove-key' : 'password';
}

const isKnown = ({ person, passwordAt }: SignInState): boolean => person !== undefined && passwordAt !== undefined;

/** Link and code, then the wizard, in which the person also chooses name and password. */
function forActivation({ state, linkFault, termsDue }: DecisionFacts): Next {
  if (linkFault !== undefined) return 'refused';
  if (!state.activation) return 'paper-code';
  if (termsDue === true) return 'terms';
  return state.wizard?.at ?? 'select-key';
}

/** The page of each action, which comes after the proofs. */
const pageOf: Readonly<Record<Exclude<ActionKind, 'activate'>, StepName>> = {
  'add-key': 'confirm-email',
  'replace-key': 'confirm-email',
  'remove-key': 'remove-key',
  'change-password': 'new-password',
  'change-email': 'confirm-email',
  'change-phone': 'confirm-email',
};

/** A recent proof of a key, which follows a recent password; or that password alone, where there is no key to prove. */
function forAction(
  { state, fresh, mustProve, offered, proofIsRecent }: DecisionFacts,
  action: Exclude<ActionKind, 'activate'>,
): Next {
  if (state.person !== undefined && state.proof && proofIsRecent) return pageOf[action];
  if (!isKnown(state) || !fresh) return 'password';
  if (!mustProve) return pageOf[action];
  if (state.chosen !== undefined) return 'prove-key';
  if (offered.length === 0) return 'refused';
  return state.finding ? 'find-key' : 'choose-key';
}

/** The mailbox, then a key where the account holds one, then the new password. */
function forgottenStep({ state, reset }: DecisionFacts, { asked, mailbox }: Forgotten): Next {
  if (mailbox === undefined) return asked === undefined ? 'forgotten' : 'check-mailbox';
  if (state.person === undefined || reset === 'again') return 'forgotten';
  if (reset === 'help') return 'refused';
  if (reset === 'nothing') return 'new-password';
  return state.chosen === undefined ? 'choose-key' : 'prove-key';
}

/** For a password alone, or for a key that must be activated first. */
function withoutKeyAsked({ state, secondStep }: DecisionFacts): Next | undefined {
  switch (secondStep.kind) {
    case 'none':
      return 'finish';
    case 'offer':
      return state.later ? 'finish' : 'secure-account';
    case 'enrol':
      return 'secure-account';
    case 'key':
      return undefined;
  }
}

/** Until the mailbox is proved, the way back to the password is open: it may have come back to mind. */
function behindForgotten(next: StepName, { mailbox }: Forgotten): readonly StepName[] {
  if (next === 'prove-key') return ['choose-key'];
  if (mailbox !== undefined) return [];
  return next === 'check-mailbox' ? ['forgotten', 'password'] : ['password'];
}

/** "Carry on" suppresses a suggestion for this sign-in; it never suppresses a requirement. */
function interrupts(advice: Advice, factor: FactorId, state: SignInState): boolean {
  if (advice.kind === 'require') return true;
  return advice.kind === 'suggest' && !state.postponed.includes(factor);
}

/**
 * Pages that the person may return to (back button, second tab) without losing anything; an answer to one continues
 * from there.
 */
export function openSteps(facts: DecisionFacts): readonly StepName[] {
  const { state, order, advise, offered } = facts;
  const next = nextStep(facts);
  if (next === 'finish') return [];
  if (next === 'refused' || next === 'select-account') return [next];
  if (next === 'terms' || next === 'consent') return [next];
  if (facts.action?.kind === 'activate')
    return next === 'choose-name' || next === 'activate-key' ? [next, 'select-key'] : [next];
  if (state.passwordSet) return [next];
  if (state.forgotten) return [next, ...behindForgotten(next, state.forgotten)];
  if (state.wizard?.resume) return [state.wizard.at];
  if (state.wizard)
    return state.wizard.at === 'done' ? ['done'] : wizardSteps.slice(0, wizardSteps.indexOf(state.wizard.at) + 1);
  if (state.proof) return [next];
  const open: StepName[] = [next];
  const known = state.person !== undefined;
  if ((state.chosen !== undefined || next === 'find-key') && offered.length > 0 && (order === 'key-first' || known))
    open.push('choose-key');
  const kind = state.chosen === undefined ? 'none' : advise(state.chosen).kind;
  if (!facts.action && state.knowingly && (kind === 'suggest' || kind === 'require')) open.push('phase-out');
  if (next === 'prove-key' || (next === 'secure-account' && state.sessionKeys === undefined)) open.push('password');
  return open;
}
