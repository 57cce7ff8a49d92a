/**
 * "Secure your account": activates a first or further key during a sign-in, by wish, by invitation, or because it is
 * compulsory.
 */
import type { SecureAccountModel } from '../../views/models.ts';
import { provingKey } from '../actions/key-in-question.ts';
import { audit } from '../audit-event.ts';
import type { PageFacts } from '../page-facts.ts';
import { giveUp, goOn, refuse, say, type Act, type Acted } from '../step-handler.ts';
import { withoutKey, type SignInState } from '../sign-in-state.ts';
import type { SignInContext } from '../context.ts';

/** From here on every step leads to the new key. A person with keys first proves one of them: the one used last. */
export function secure(context: SignInContext): Acted {
  const { person } = context;
  const { later: _over, ...rest } = withoutKey(context.state);
  const state: SignInState = { ...rest, securing: true };
  if (!person) return goOn(state);
  if (context.holding === 'unusable' && !context.permitted) return refuse(context, 'no_usable_key');
  const first = provingKey(context);
  return goOn(first ? { ...state, chosen: first.factor, knowingly: false } : state, person);
}

/** Returns to an ordinary sign-in. */
export function leaveSecuring(state: SignInState): SignInState {
  const { securing: _over, ...rest } = withoutKey(state);
  return rest;
}

export const actSecureAccount: Act = async ({ context, form, core }) => {
  const { person, secondStep } = context;
  switch (form['action']) {
    case 'secure':
      return secure(context);
    case 'postpone':
      if (secondStep.kind !== 'offer' || !person) return say(context, 'choice_unknown');
      core.note(audit(context, 'second-step.postponed', { person: person.id }));
      return goOn({ ...context.state, later: true });
    case 'cancel':
      return giveUp;
    default:
      return say(context, 'choice_unknown');
  }
};

export function secureAccountPage({ secondStep }: SignInContext, { shell }: PageFacts): SecureAccountModel {
  const must = secondStep.kind !== 'offer';
  if (secondStep.kind === 'offer') return { ...shell, must, from: secondStep.from, zone: secondStep.zone };
  if (secondStep.kind !== 'enrol' || secondStep.since === undefined) return { ...shell, must };
  return { ...shell, must, from: secondStep.since, zone: secondStep.zone ?? 'UTC' };
}
