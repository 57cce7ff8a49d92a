import { goOn, say, type Act } from '../step.ts';
import { withoutKey, type Refusal } from '../transaction.ts';
import type { Turn } from '../turn.ts';

/** The ways on from a refusal, the main one first. */
export function waysOn(turn: Turn, { reason }: Refusal): readonly string[] {
  switch (reason) {
    case 'attempts_paused':
    case 'sending_paused':
      return ['again', 'other-key', 'cancel'];
    case 'account_disabled':
    case 'no_usable_key':
    case 'level_unreachable':
      return ['cancel'];
    default:
      return turn.suitable.length > 1 ? ['other-key', 'cancel'] : ['cancel'];
  }
}

/** Why the sign-in stands at `refused`: what was judged, or a key that ended after it was proved. */
export function refusalOf({ steps }: Turn): Refusal {
  if (steps.refused) return steps.refused;
  return steps.proof ? { reason: 'key_not_held_or_expired', factor: steps.proof.factor } : { reason: 'service_fault' };
}

export const actRefused: Act = async ({ turn, form }) => {
  const { action = '' } = form;
  const { refused: _over, ...rest } = turn.steps;
  const refused = refusalOf(turn);
  if (!waysOn(turn, refused).includes(action)) return say(turn, 'choice_unknown');
  switch (action) {
    case 'again':
      return goOn(rest);
    case 'other-key':
      return goOn(withoutKey(rest));
    default:
      return {
        kind: 'abort',
        error: refused.reason === 'level_unreachable' ? 'unmet_authentication_requirements' : 'access_denied',
      };
  }
};
