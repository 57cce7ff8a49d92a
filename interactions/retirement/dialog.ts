/** The interceptor's dialog: a new key now, another key, or (until the last day) carry on. */
import { goOn, refuse, say, type Act } from '../step-handler.ts';
import { besidesKey } from '../sign-in-state.ts';
import type { SignInContext } from '../context.ts';
import { recordPostponement } from './postpone.ts';

/** The kind of key that the dialog is about. */
export const subject = (context: SignInContext): string | undefined =>
  context.steps.proof?.factor ?? context.steps.chosen;

export const actPhaseOut: Act = async ({ context, form, core }) => {
  const factor = subject(context);
  if (factor === undefined) return say(context, 'choice_unknown');
  const { client, now } = context;
  switch (form['action']) {
    case 'migrate':
      if (context.targetsOf(factor).length === 0) return refuse(context, context.whyNoTarget(factor), { factor });
      return goOn({ ...context.steps, wish: factor });
    case 'other-key':
      return goOn(besidesKey(context.steps));
    case 'postpone': {
      // Judged by the dates as they are now, whatever page the answer comes from.
      if (context.advise(factor).kind !== 'suggest') return say(context, 'choice_unknown');
      const { wish: _no, ...rest } = context.steps;
      const steps = { ...rest, postponed: [...new Set([...rest.postponed, factor])] };
      core.note({
        at: now,
        actor: context.steps.person ?? 'unknown',
        action: 'phase-out.postponed',
        factor,
        client: client.id,
        ...(context.steps.person === undefined ? {} : { person: context.steps.person }),
      });
      if (!context.person) return goOn(steps);
      return goOn(steps, await recordPostponement(core, context.person, context, [factor]));
    }
    default:
      return say(context, 'choice_unknown');
  }
};
