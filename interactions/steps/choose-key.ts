import { goOn, say, type Act } from '../step.ts';
import { withoutKey, type Steps } from '../transaction.ts';

export const actChooseKey: Act = async ({ turn, form }) => {
  const { key } = form;
  if (key === undefined || !turn.offered.includes(key)) return say(turn, 'choice_unknown');
  const steps: Steps = { ...withoutKey(turn.steps), chosen: key, knowingly: true };
  return goOn(steps);
};
