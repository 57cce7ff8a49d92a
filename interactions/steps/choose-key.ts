import { goOn, say, type Act } from '../step.ts';
import { withoutKey, type Steps } from '../transaction.ts';
import type { Turn } from '../turn.ts';

/** The kinds of key on offer: before the name is known what the relying party takes, afterwards what the person holds of it. */
export function offered(turn: Turn): readonly string[] {
  const listed = turn.suitable.map(({ factor }) => factor.id).filter((id) => turn.statusOf(id) !== 'purged');
  if (turn.person === undefined || turn.order === 'key-first') return listed;
  const held = new Set(turn.person.keys.filter(({ status }) => status === 'active').map(({ factor }) => factor));
  return listed.filter((id) => held.has(id) && turn.advise(id).kind !== 'refuse');
}

export const actChooseKey: Act = async ({ turn, form }) => {
  const { key } = form;
  if (key === undefined || !offered(turn).includes(key)) return say(turn, 'choice_unknown');
  const steps: Steps = { ...withoutKey(turn.steps), chosen: key, knowingly: true };
  return goOn(steps);
};
