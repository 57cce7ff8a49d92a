/**
 * The dialog about a key whose factor is being retired: activate a new key now, use another key, or (until the last
 * day) carry on.
 */
import { daysUntil } from '../../time/calendar.ts';
import { mayEnrol } from '../../factors/policy/lifecycle.ts';
import type { RetirementModel } from '../../views/models.ts';
import type { PageFacts } from '../page-facts.ts';
import { goOn, refuse, say, type Act } from '../step-handler.ts';
import { besidesKey } from '../sign-in-state.ts';
import type { SignInContext } from '../context.ts';
import { recordPostponement } from './postpone.ts';

/** The factor that the dialog is about. */
export const subject = (context: SignInContext): string | undefined =>
  context.state.proof?.factor ?? context.state.chosen;

export const actRetirement: Act = async ({ context, form, core }) => {
  const factor = subject(context);
  if (factor === undefined) return say(context, 'choice_unknown');
  switch (form['action']) {
    case 'migrate':
      if (context.targetsOf(factor).length === 0) return refuse(context, context.whyNoTarget(factor), { factor });
      return goOn({ ...context.state, wish: factor });
    case 'other-key':
      return goOn(besidesKey(context.state));
    case 'postpone': {
      // Judged by the dates now, however old the page is.
      if (context.advise(factor).kind !== 'suggest') return say(context, 'choice_unknown');
      const { wish: _no, ...rest } = context.state;
      const state = { ...rest, postponed: [...new Set([...rest.postponed, factor])] };
      if (!context.person) return goOn(state);
      return goOn(state, await recordPostponement(core, context.person, context, [factor]));
    }
    default:
      return say(context, 'choice_unknown');
  }
};

export function retirementPage(context: SignInContext, { shell }: PageFacts): RetirementModel {
  const factor = subject(context) ?? '';
  const advice = context.advise(factor);
  const dated =
    advice.kind === 'suggest' || advice.kind === 'require' ? advice : { sunsetAt: context.now, zone: 'UTC' };
  const left = advice.kind === 'suggest' ? advice.postponementsLeft : undefined;
  return {
    ...shell,
    factor,
    lastDay: dated.sunsetAt - 1,
    zone: dated.zone,
    over: advice.kind === 'require' && advice.over,
    ...(mayEnrol(context.statusOf(factor)) ? {} : { closed: true as const }),
    daysLeft: daysUntil(dated.sunsetAt, context.now, dated.zone),
    mayMigrate: context.targetsOf(factor).length > 0,
    mayPostpone: advice.kind === 'suggest',
    ...(left === undefined ? {} : { postponementsLeft: left }),
    proved: context.state.proof !== undefined,
  };
}
