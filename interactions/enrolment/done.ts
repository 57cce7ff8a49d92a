/** Last step of the wizard: the new key works, and the sign-in continues with it. */
import type { DoneModel } from '../../views/models.ts';
import type { SignInContext } from '../context.ts';
import { heldKeys } from '../key-choices.ts';
import type { PageFacts } from '../page-facts.ts';
import { emptyState } from '../sign-in-state.ts';
import { goOn, say, type Act } from '../step-handler.ts';
import { at, wizardShell } from './wizard.ts';

export const actDone: Act = async ({ context, form }) => {
  const { wizard } = context.steps;
  if (!wizard?.bound) return say(context, 'choice_unknown');
  if (form['action'] === 'end-session' && !context.action) return goOn(emptyState);
  if (form['action'] === 'continue') {
    const steps = at(context, { ...wizard, leaves: true });
    return goOn(context.action ? { ...steps, acted: true } : steps);
  }
  return say(context, 'choice_unknown');
};

export function donePage(context: SignInContext, facts: PageFacts): DoneModel {
  const { bound, from } = context.steps.wizard ?? {};
  return {
    ...wizardShell(context, facts, 'done', false),
    factor: bound?.factor ?? '',
    from: from ?? '',
    held: heldKeys(context.person, bound === undefined ? [] : [bound.key]),
    mayContinue: true,
  };
}
