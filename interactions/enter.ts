/**
 * What being at a step takes before its page can be drawn, without any service: the wizard begins; an action that
 * cannot be done is refused. Pure. Called after every answer, and for the first page of an action.
 */
import { removalFault } from './actions/remove-key.ts';
import type { SignInContext } from './context.ts';
import { enterActivation, enterWizard } from './enrolment/wizard.ts';
import type { Next } from './next-step.ts';
import { refuse, type Acted } from './step-handler.ts';

/** `undefined`: nothing. @param next what the decider says */
export function enter(context: SignInContext, next: Next): Acted | undefined {
  if (next === 'confirm-email' && !context.state.wizard) return enterWizard(context);
  if (next === 'select-key' && !context.state.wizard) return enterActivation(context);
  const fault = next === 'remove-key' ? removalFault(context) : undefined;
  return fault && refuse(context, fault);
}
