import { goOn, say, type Act } from '../step.ts';
import { besidesKey, withoutKey } from '../transaction.ts';

export const actChooseKey: Act = async ({ turn, form }) => {
  const { key } = form;
  if (key === undefined || !turn.offered.includes(key)) return say(turn, 'choice_unknown');
  const { asked } = turn.steps;
  const isAskedStill = asked !== undefined && turn.now < (asked.expiresAt ?? Infinity);
  const left = isAskedStill ? besidesKey(turn.steps) : withoutKey(turn.steps);
  return goOn({ ...left, chosen: key, knowingly: true });
};
