/** What the four steps of the wizard share: confirm the mailbox, select, activate, done. Each step has its own file. */
import type { FactorId } from '../../factors/contract.ts';
import { personFacts } from '../../digital-keys/key-changes.ts';
import type { WizardModel } from '../../views/models.ts';
import { keyInQuestion } from '../actions/key-in-question.ts';
import type { SignInContext } from '../context.ts';
import type { PageFacts } from '../page-facts.ts';
import { withoutKey, type SignInState, type Wizard, type WizardStep } from '../sign-in-state.ts';
import { giveUp, goOn, refuse, say, type Acted } from '../step-handler.ts';

/** Starts the wizard for the key just proved, or goes on with the one that waited for a newer proof. */
export function enterWizard(context: SignInContext): Acted {
  const { parked, ...state } = context.state;
  if (!parked) return begun(context);
  // The key that the action is about is bound already, and a way back is being made.
  if (parked.wizard.resume && parked.person === state.person) return goOn({ ...state, wizard: parked.wizard });
  const anew = begun(context.with({ state }));
  const isSame =
    anew.kind === 'state' && parked.person === state.person && parked.wizard.fromKey === anew.state.wizard?.fromKey;
  return isSame ? goOn({ ...anew.state, wizard: parked.wizard }) : anew;
}

function begun(context: SignInContext): Acted {
  switch (context.action?.kind) {
    case 'replace-key':
      return enterReplacement(context);
    case 'change-phone':
      return keyInQuestion(context) ? enterReplacement(context) : enterFurther(context);
    case 'change-email':
      return enterNewAddress(context);
    default:
      return enterBySignIn(context);
  }
}

/** By wish, by invitation, or because the key is over. */
function enterBySignIn(context: SignInContext): Acted {
  const { proof, securing } = context.state;
  if (securing && !(proof && isOver(context, proof.factor))) return enterFurther(context);
  if (!proof) return say(context, 'choice_unknown');
  if (context.targetsOf(proof.factor).length === 0)
    return refuse(context, context.whyNoTarget(proof.factor), { factor: proof.factor });
  return beginReplacing(context, { from: proof.factor, fromKey: proof.key });
}

const isOver = (context: SignInContext, factor: string): boolean => {
  const advice = context.advise(factor);
  return advice.kind === 'require' && advice.over;
};

/** Starts the wizard for the key that the person wants to replace, by a proof as strong as it. */
function enterReplacement(context: SignInContext): Acted {
  const key = keyInQuestion(context);
  if (!key) return refuse(context, 'key_unknown');
  const { factor } = key;
  if (key.status === 'blocked') return refuse(context, 'key_blocked', { factor });
  if (!context.mayTakeOff(key)) return refuse(context, 'stronger_proof_needed', { factor });
  if (context.targetsOf(factor).length === 0) return refuse(context, context.whyNoTarget(factor), { factor });
  return beginReplacing(context, { from: factor, fromKey: key.id });
}

/** Only the first page of the wizard: the new address, and the code that proves it. */
function enterNewAddress(context: SignInContext): Acted {
  if (!context.mayChangeAddress) return refuse(context, 'stronger_proof_needed');
  return goOn({ ...context.state, wizard: { at: 'confirm-email', email: 'change' } });
}

/** A proof as strong as the strongest key permits another address, so the account needs none, or no good one. */
function beginReplacing(context: SignInContext, old: { readonly from: FactorId; readonly fromKey: string }): Acted {
  const fault = context.mayChangeAddress ? undefined : mailboxFault(context);
  if (fault) return refuse(context, fault, { factor: old.from });
  const email = context.person?.email === undefined ? 'change' : 'show';
  return goOn({ ...context.state, wizard: { at: 'confirm-email', ...old, email } });
}

/**
 * Starts the wizard for a further key. A person without keys proves the mailbox instead, so the account needs an
 * address, and no shared one where the deployment forbids that.
 */
function enterFurther(context: SignInContext): Acted {
  const { person, state } = context;
  if (!person || (context.mustProve && !state.proof)) return say(context, 'choice_unknown');
  const fault = mailboxFault(context);
  if (fault) return refuse(context, fault);
  if (context.targetsOf(undefined).length === 0) {
    const { factor } = state.proof ?? {};
    return refuse(context, context.whyNoTarget(undefined), factor === undefined ? {} : { factor });
  }
  return goOn({ ...state, wizard: { at: 'confirm-email', email: 'show' } });
}

/** Why the mailbox of the account may activate no key. */
function mailboxFault({ person, rules }: SignInContext): 'mailbox_missing' | 'mailbox_shared' | undefined {
  if (person?.email === undefined) return 'mailbox_missing';
  return rules.barsMailbox(person.email.address) ? 'mailbox_shared' : undefined;
}

/** By link and paper code, which have proved the mailbox too: the wizard begins with the choice of the key. */
export function enterActivation(context: SignInContext): Acted {
  if (context.targetsOf(undefined).length === 0) return refuse(context, context.whyNoTarget(undefined));
  return goOn({ ...context.state, wizard: { at: 'select-key', email: 'show', mailboxProved: true } });
}

/** The sign-in with the wizard at one of its steps. */
export const at = (context: SignInContext, wizard: Wizard): SignInState => ({ ...context.state, wizard });

/** Leaves the wizard; nothing was changed, and the old key is as before. */
export function cancel(context: SignInContext): Acted {
  if (context.action) return giveUp;
  const { wizard: _left, wish: _over, securing: _either, ...rest } = context.state;
  return goOn(rest.proof?.purpose === 're-enrolment' ? withoutKey(rest) : rest);
}

/** What the pages of the four steps share. */
export function wizardShell(
  { person, action }: SignInContext,
  { shell }: PageFacts,
  step: WizardStep,
  mayPrevious: boolean,
): WizardModel {
  const displayName = person ? personFacts(person).displayName : '';
  const activation = action?.kind === 'activate';
  const shared = { ...shell, displayName, mayPrevious, ...(activation ? { activation } : {}) };
  return action?.kind === 'change-email' ? shared : { ...shared, at: numberOf[step] };
}

const numberOf: Readonly<Record<WizardStep, NonNullable<WizardModel['at']>>> = {
  'confirm-email': 1,
  'select-key': 2,
  'choose-name': 3,
  'activate-key': 3,
  done: 4,
};
