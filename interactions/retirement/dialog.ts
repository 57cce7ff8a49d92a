/** The interceptor's dialog: a new key now, another key, or (until the last day) carry on. */
import { goOn, refuse, say, type Act } from '../step-handler.ts';
import { besidesKey } from '../sign-in-state.ts';
import type { Turn } from '../context.ts';
import { recordPostponement } from './postpone.ts';

/** The kind of key that the dialog is about. */
export const subject = (turn: Turn): string | undefined => turn.steps.proof?.factor ?? turn.steps.chosen;

export const actPhaseOut: Act = async ({ turn, form, core }) => {
  const factor = subject(turn);
  if (factor === undefined) return say(turn, 'choice_unknown');
  const { client, now } = turn;
  switch (form['action']) {
    case 'migrate':
      if (turn.targetsOf(factor).length === 0) return refuse(turn, 'replacement_missing', { factor });
      return goOn({ ...turn.steps, wish: factor });
    case 'other-key':
      return goOn(besidesKey(turn.steps));
    case 'postpone': {
      // Judged by the dates as they are now, whatever page the answer comes from.
      if (turn.advise(factor).kind !== 'suggest') return say(turn, 'choice_unknown');
      const { wish: _no, ...rest } = turn.steps;
      const steps = { ...rest, postponed: [...new Set([...rest.postponed, factor])] };
      core.note({
        at: now,
        actor: turn.steps.person ?? 'unknown',
        action: 'phase-out.postponed',
        factor,
        client: client.id,
        ...(turn.steps.person === undefined ? {} : { person: turn.steps.person }),
      });
      if (!turn.person) return goOn(steps);
      return goOn(steps, await recordPostponement(core, turn.person, turn, [factor]));
    }
    default:
      return say(turn, 'choice_unknown');
  }
};
