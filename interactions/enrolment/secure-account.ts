/** "Secure your account": a first key, or a further one, on the way through a sign-in. By wish, by invitation, or because there is no other way on. */
import { goOn, refuse, say, type Act, type Acted } from '../step-handler.ts';
import { withoutKey, type Steps } from '../sign-in-state.ts';
import type { Turn } from '../context.ts';

/** From here on everything leads to the new key. Who holds keys proves one of them first: the one used last is asked. */
export function secure(turn: Turn): Acted {
  const { person } = turn;
  const { later: _over, ...rest } = withoutKey(turn.steps);
  const steps: Steps = { ...rest, securing: true };
  if (!person) return goOn(steps);
  if (turn.holding === 'unusable') return refuse(turn, 'no_usable_key');
  const first = turn.provableKeys[0];
  return goOn(first ? { ...steps, chosen: first.factor, knowingly: false } : steps, person);
}

/** Back to an ordinary sign-in. */
export function leaveSecuring(steps: Steps): Steps {
  const { securing: _over, ...rest } = withoutKey(steps);
  return rest;
}

export const actSecureAccount: Act = async ({ turn, form, core }) => {
  const { person, secondStep, now: at, client } = turn;
  switch (form['action']) {
    case 'secure':
      return secure(turn);
    case 'postpone':
      if (secondStep.kind !== 'offer' || !person) return say(turn, 'choice_unknown');
      core.note({ at, actor: person.id, action: 'second-step.postponed', person: person.id, client: client.id });
      return goOn({ ...turn.steps, later: true });
    case 'cancel':
      return { kind: 'abort', error: 'access_denied' };
    default:
      return say(turn, 'choice_unknown');
  }
};
