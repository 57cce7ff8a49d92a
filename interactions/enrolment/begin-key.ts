/** Begins the new key of the wizard, or sends its code again. Called by `select-key.ts` and `activate-key.ts`. */
import type { Notice, Wizard } from '../sign-in-state.ts';
import { goOn, say, untilOf, type Acted, type StepInput } from '../step-handler.ts';
import { at } from './wizard.ts';

type Input = Pick<StepInput, 'context' | 'form' | 'core'>;

/** @param key id of the factor @param anew from the start, whatever was begun in an earlier sign-in */
export async function begin({ context, form, core }: Input, wizard: Wizard, key: string, anew = false): Promise<Acted> {
  if (!context.person) return say(context, 'choice_unknown');
  // A code that was sent and is still valid stays valid: going back and forth sends no second mail.
  const { begun } = wizard;
  if (begun?.factor === key && context.now < begun.expiresAt && form['action'] !== 'resend')
    return goOn(at(context, { ...wizard, at: 'activate-key' }));
  const { enrolling } = core;
  const occasion = context.occasion('sign-in');
  const judged = await (begun?.factor === key && form['action'] === 'resend'
    ? enrolling.again(context.person, begun, form, occasion)
    : enrolling.begin(context.person, key, form, occasion, anew));
  if (!judged.ok) return say(context, judged.reason, untilOf(judged));
  return goOn(at(context, { ...wizard, at: 'activate-key', begun: { ...judged.value, at: context.now } }));
}

/** After a refusal, where a challenge can be answered only once: the next challenge, and the reason. */
export async function beginAnew(input: Input, { begun, ...bare }: Wizard, notice: Notice): Promise<Acted> {
  const acted = await begin(input, bare, begun?.factor ?? '');
  return acted.kind === 'state' && acted.state.notice === undefined ? goOn({ ...acted.state, notice }) : acted;
}
