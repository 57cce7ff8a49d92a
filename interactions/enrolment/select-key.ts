/** Second step of the wizard: the person selects the factor of the new key. */
import type { SelectKeyModel } from '../../views/models.ts';
import type { SignInContext } from '../context.ts';
import type { PageFacts } from '../page-facts.ts';
import { goOn, say, type Act } from '../step-handler.ts';
import { begin } from './begin-key.ts';
import { at, cancel, wizardShell } from './wizard.ts';

export const actSelectKey: Act = async (input) => {
  const { context, form } = input;
  const { wizard } = context.state;
  if (!wizard || !context.person) return say(context, 'choice_unknown');
  if (form['action'] === 'cancel') return cancel(context);
  if (form['action'] === 'previous' && !context.state.activation)
    return goOn(at(context, { ...wizard, at: 'confirm-email', email: 'show' }));
  const { key } = form;
  if (key === undefined || !context.targetsOf(wizard.from).some(({ id }) => id === key))
    return say(context, 'choice_unknown');
  const { activation } = context.state;
  if (!activation || activation.done || activation.password) return begin(input, wizard, key);
  // Name and password come first, so that a mailed code is not too old afterwards.
  return goOn({ ...at(context, { ...wizard, at: 'choose-name' }), activation: { ...activation, factor: key } });
};

/** The factors of the keys that an activation ends. */
function endedBy({ person, state: { activation }, now }: SignInContext): Pick<SelectKeyModel, 'ends'> {
  if (!activation || activation.done) return {};
  const ended = person?.keys.filter(({ offAt, offBecause }) => offAt === now && offBecause === 'removed') ?? [];
  const ends = [...new Set(ended.map(({ factor }) => factor))];
  return ends.length === 0 ? {} : { ends };
}

export function selectKeyPage(context: SignInContext, facts: PageFacts): SelectKeyModel {
  const from = context.state.wizard?.from;
  return {
    ...wizardShell(context, facts, 'select-key', !context.state.activation),
    ...endedBy(context),
    ...(from === undefined ? {} : { from }),
    // Of several that the deployment recommends, the first: two recommendations are none.
    keys: context
      .targetsOf(from)
      .map(({ id, recommended }, index) => ({ id, recommended: recommended && index === 0 })),
  };
}
