/**
 * Forgotten password or user name: asks for the name or address, then for the code that was mailed if an account has
 * it. Both pages say the same to everybody; they know nothing of an account before the right code.
 */
import { defined } from '../../accounts/defined.ts';
import { mayResend } from '../../messages/send-limits.ts';
import type { CheckMailboxModel, ForgottenModel } from '../../views/models.ts';
import type { SignInContext } from '../context.ts';
import { leaveForgotten, withMailboxProved } from '../forgotten-steps.ts';
import { resendIn, type PageFacts } from '../page-facts.ts';
import type { Forgotten } from '../sign-in-state.ts';
import {
  blankReason,
  goOn,
  say,
  unreadReason,
  untilOf,
  type Act,
  type Acted,
  type StepInput,
} from '../step-handler.ts';

const longestName = 320;
const fieldOf = { password: 'username', username: 'email' } as const;

export const actForgotten: Act = async (input) => {
  const { context, form } = input;
  const { what = 'password' } = context.state.forgotten ?? {};
  switch (form['action']) {
    case 'cancel':
      return goOn(leaveForgotten(context.state));
    case 'username':
    case 'password':
      return goOn({ ...leaveForgotten(context.state), forgotten: { what: form['action'] } });
    case 'continue':
      return ask(input, what, (form[fieldOf[what]] ?? '').trim());
    default:
      return say(context, 'choice_unknown');
  }
};

async function ask({ context, core, from }: StepInput, what: Forgotten['what'], name: string): Promise<Acted> {
  if (name === '' || name.length > longestName) return say(context, unreadReason(name), { field: fieldOf[what] });
  const { uid: interaction, client } = context;
  const asked = await core.forgotten.ask({ what, name, interaction, client: client.id, from });
  if (!asked.ok) return say(context, asked.reason, untilOf(asked));
  const state = leaveForgotten(context.state);
  const typed = what === 'password' ? { username: name } : {};
  return goOn({ ...state, ...typed, forgotten: { what, asked: { ...asked.value, name } } });
}

export const actCheckMailbox: Act = async (input) => {
  const { context, form } = input;
  const { forgotten } = context.state;
  if (!forgotten?.asked) return say(context, 'choice_unknown');
  const { what, asked } = forgotten;
  switch (form['action']) {
    case 'cancel':
      return goOn(leaveForgotten(context.state));
    case 'resend': {
      const may = mayResend(asked.sentAt, context.now, input.core.limits);
      return may.ok ? ask(input, what, asked.name) : say(context, 'sending_paused', { until: may.until });
    }
    case 'continue':
      return what === 'username' ? goOn(leaveForgotten(context.state)) : prove(input, forgotten, asked);
    default:
      return say(context, 'choice_unknown');
  }
};

async function prove(
  { context, form, core, from }: StepInput,
  forgotten: Forgotten,
  asked: NonNullable<Forgotten['asked']>,
): Promise<Acted> {
  if (blankReason(form, undefined)) return say(context, 'field_empty', { field: 'code' });
  const { uid: interaction, client } = context;
  const proved = await core.forgotten.prove(asked, { name: asked.name, interaction, client: client.id, from }, form);
  if (!proved.ok) return say(context, proved.reason, { field: 'code', ...untilOf(proved) });
  return goOn(withMailboxProved(context, forgotten, proved.value), proved.value);
}

export function forgottenPage({ state }: SignInContext, { shell }: PageFacts): ForgottenModel {
  const { what = 'password' } = state.forgotten ?? {};
  return { ...shell, mode: what, ...defined({ username: what === 'password' ? state.username : undefined }) };
}

export function checkMailboxPage(context: SignInContext, facts: PageFacts): CheckMailboxModel {
  const { what = 'password', asked } = context.state.forgotten ?? {};
  return { ...facts.shell, mode: what, name: asked?.name ?? '', ...resendIn(context, asked?.sentAt, facts) };
}
