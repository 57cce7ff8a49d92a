/** "Secure your account": a first key, or a further one, on the way through a sign-in. By wish, by invitation, or because there is no other way on. */
import { goOn, refuse, say, type Act, type Acted } from '../step-handler.ts';
import { withoutKey, type SignInState } from '../sign-in-state.ts';
import type { SignInContext } from '../context.ts';

/** From here on everything leads to the new key. Who holds keys proves one of them first: the one used last is asked. */
export function secure(context: SignInContext): Acted {
  const { person } = context;
  const { later: _over, ...rest } = withoutKey(context.steps);
  const steps: SignInState = { ...rest, securing: true };
  if (!person) return goOn(steps);
  if (context.holding === 'unusable' && !context.permitted) return refuse(context, 'no_usable_key');
  const first = context.provableKeys[0];
  return goOn(first ? { ...steps, chosen: first.factor, knowingly: false } : steps, person);
}

/** Back to an ordinary sign-in. */
export function leaveSecuring(steps: SignInState): SignInState {
  const { securing: _over, ...rest } = withoutKey(steps);
  return rest;
}

export const actSecureAccount: Act = async ({ context, form, core }) => {
  const { person, secondStep, now: at, client } = context;
  switch (form['action']) {
    case 'secure':
      return secure(context);
    case 'postpone':
      if (secondStep.kind !== 'offer' || !person) return say(context, 'choice_unknown');
      core.note({ at, actor: person.id, action: 'second-step.postponed', person: person.id, client: client.id });
      return goOn({ ...context.steps, later: true });
    case 'cancel':
      return { kind: 'abort', error: 'access_denied' };
    default:
      return say(context, 'choice_unknown');
  }
};
