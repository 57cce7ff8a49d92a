/** Second step of the wizard: the person selects the factor of the new key. */
import type { SelectKeyModel } from '../../views/models.ts';
import type { SignInContext } from '../context.ts';
import type { PageFacts } from '../page-facts.ts';
import { goOn, say, type Act } from '../step-handler.ts';
import { begin } from './begin-key.ts';
import { at, cancel, wizardShell } from './wizard.ts';

export const actSelectKey: Act = async (input) => {
  const { context, form } = input;
  const { wizard } = context.steps;
  if (!wizard || !context.person) return say(context, 'choice_unknown');
  if (form['action'] === 'cancel') return cancel(context);
  if (form['action'] === 'previous') return goOn(at(context, { ...wizard, at: 'confirm-email', email: 'show' }));
  const { key } = form;
  if (key === undefined || !context.targetsOf(wizard.from).some(({ id }) => id === key))
    return say(context, 'choice_unknown');
  return begin(input, wizard, key);
};

export function selectKeyPage(context: SignInContext, facts: PageFacts): SelectKeyModel {
  const from = context.steps.wizard?.from;
  return {
    ...wizardShell(context, facts, 'select-key', true),
    ...(from === undefined ? {} : { from }),
    keys: context.targetsOf(from).map(({ id, recommended }) => ({ id, recommended })),
  };
}
