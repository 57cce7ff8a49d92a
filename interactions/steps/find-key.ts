/** For who does not know which key it is: leads there by what is at hand. */
import { goOn, say, type Act } from '../step-handler.ts';
import { besidesKey } from '../sign-in-state.ts';
import { choose } from './choose-key.ts';

export const actFindKey: Act = async ({ turn, form }) => {
  const { action } = form;
  if (action === 'other-key') return goOn(besidesKey(turn.steps));
  const thing = turn.hands.find((one) => one === action);
  if (thing === undefined) return say(turn, 'choice_unknown');
  const [first, ...more] = turn.offeredFor(thing);
  return first !== undefined && more.length === 0
    ? choose(turn, first)
    : goOn({ ...besidesKey(turn.steps), inHand: thing });
};
