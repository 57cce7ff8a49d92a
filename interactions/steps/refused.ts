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

export const actRefused: Act = async ({ turn, form }) => {
  const { action = '' } = form;
  const { refused, ...rest } = turn.steps;
  if (!refused || !waysOn(turn, refused).includes(action)) return say(turn, 'choice_unknown');
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
