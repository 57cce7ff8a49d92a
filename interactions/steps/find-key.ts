/** Helps a person who does not know which key they have: the page asks what is at hand. */
import type { FindKeyModel } from '../../views/models.ts';
import type { SignInContext } from '../context.ts';
import type { PageFacts } from '../page-facts.ts';
import { goOn, say, type Act } from '../step-handler.ts';
import { besidesKey } from '../sign-in-state.ts';
import { choose } from './choose-key.ts';

export const actFindKey: Act = async ({ context, form }) => {
  const { action } = form;
  if (action === 'other-key') return goOn(besidesKey(context.state));
  const thing = context.hands.find((one) => one === action);
  if (thing === undefined) return say(context, 'choice_unknown');
  const [first, ...more] = context.offeredFor(thing);
  return first !== undefined && more.length === 0
    ? choose(context, first)
    : goOn({ ...besidesKey(context.state), inHand: thing });
};

export const findKeyPage = ({ hands }: SignInContext, { shell }: PageFacts): FindKeyModel => ({ ...shell, hands });
