/** Name and password. */
import { defined } from '../../accounts/defined.ts';
import type { Person } from '../../accounts/person.ts';
import { recordPostponement } from '../retirement/postpone.ts';
import type { Reason } from '../../factors/reasons.ts';
import type { PasswordCheck } from '../../passwords/check-password.ts';
import type { PasswordModel } from '../../views/models.ts';
import { afterPassword } from '../after-password.ts';
import { audit } from '../audit-event.ts';
import { maySecure, retirementOf } from '../key-choices.ts';
import type { PageFacts } from '../page-facts.ts';
import type { InteractionServices } from '../services.ts';
import { giveUp, goOn, refuse, say, unreadReason, type Act, type Acted, type StepInput } from '../step-handler.ts';
import { actUsernameless } from './usernameless.ts';
import { leaveForgotten, mayForget } from '../forgotten-steps.ts';
import { sessionsEndedFor } from '../evidence.ts';
import { besidesKey, withoutKey, type SignInState } from '../sign-in-state.ts';
import { leaveSecuring } from '../enrolment/secure-account.ts';
import type { SignInContext } from '../context.ts';

const longestName = 320;

export const actPassword: Act = async (input) => {
  const { form } = input;
  const context = input.context.with({ state: leaveForgotten(input.context.state) });
  const { action, username = '', password = '' } = form;
  if (action === 'usernameless') return actUsernameless('password')({ ...input, context });
  if (action === 'forgotten' && mayForget(context))
    return goOn({ ...context.state, ...typedName(username), forgotten: { what: 'password' } });
  if (action === 'other-key') return goOn(besidesKey(context.state));
  if (action === 'secure' && context.rules.mayActivate) return goOn({ ...withoutKey(context.state), securing: true });
  if (action === 'cancel' && context.action) return giveUp;
  if (action === 'cancel' && context.state.securing) return goOn(leaveSecuring(context.state));
  const typed = context.with({ state: { ...context.state, username: username.slice(0, longestName) } });
  if (username.trim() === '' || username.length > longestName)
    return say(typed, unreadReason(username), { field: 'username' });
  if (password === '') return say(typed, 'field_empty', { field: 'password' });
  return judge(input, typed, username, password);
};

const typedName = (username: string) => (username.trim() === '' ? {} : { username: username.slice(0, longestName) });

/** @param typed the sign-in state with the typed name */
async function judge(
  { core, from, browser }: StepInput,
  typed: SignInContext,
  username: string,
  password: string,
): Promise<Acted> {
  const check = await core.passwordChecks.check({ username, password, from, tokens: browser.tokens, now: typed.now });
  const refused = (reason: Reason, about: Parameters<typeof audit>[2] = {}) =>
    core.note(audit(typed, 'password.refused', { ...about, reason }));
  switch (check.kind) {
    case 'paused':
      refused('attempts_paused');
      return say(typed, 'attempts_paused', { until: check.until });
    case 'wrong': {
      const { person, network } = check;
      refused('credentials_wrong', person === undefined ? {} : { actor: 'unknown', person, facts: { network } });
      return say(typed, 'credentials_wrong');
    }
    case 'disabled':
      refused('account_disabled', { person: check.person.id });
      return refuse(typed, 'account_disabled');
    case 'right': {
      const acted = await withPassword(core, typed, check);
      if (check.token !== undefined) browser.keep(check.token);
      return acted;
    }
  }
}

/** Continues the sign-in after a correct password. */
async function withPassword(
  core: InteractionServices,
  typed: SignInContext,
  check: Extract<PasswordCheck, { readonly kind: 'right' }>,
): Promise<Acted> {
  const kept = keptFor(check.person, typed.state);
  const person = await recordPostponement(core, check.person, typed.with({ state: kept }));
  const state: SignInState = {
    ...kept,
    person: person.id,
    passwordAt: typed.now,
    passwordFrom: check.source,
    passwordBrowser: check.browser,
    sessionsEnded: sessionsEndedFor(typed.state, person),
    ...(person.password === undefined ? {} : { passwordSetAt: person.password.setAt }),
  };
  core.mention(audit(typed, 'password.proved', { person: person.id }));
  const next = typed.with({ state, person });
  const reached = afterPassword(next);
  if (reached.refused?.reason === 'no_usable_key' && reached.refused !== state.refused && !state.securing)
    core.note(audit(typed, 'sign-in.refused', { person: person.id, reason: 'no_usable_key' }));
  return goOn(reached, person);
}

/**
 * If another person was named before, or has the live session, their challenges, postponements and proved keys do not
 * belong to this person; neither does a key that we chose for them.
 */
function keptFor({ id }: Person, state: SignInState): SignInState {
  if (state.person === undefined || state.person === id) return state;
  const {
    asked: _asked,
    aside: _aside,
    sessionKeys: _theirs,
    why: _why,
    ...rest
  } = state.knowingly === true ? state : withoutKey(state);
  return { ...rest, postponed: [] };
}

export function passwordPage(context: SignInContext, { shell, usernameless }: PageFacts): PasswordModel {
  const { chosen: factor, username, securing } = context.state;
  return {
    ...shell,
    ...(factor === undefined ? {} : retirementOf(context, factor)),
    mayChooseKey: context.order === 'key-first' && securing !== true,
    maySecure: maySecure(context),
    mayForget: mayForget(context),
    securing: securing === true,
    ...defined({ factor, username, usernameless }),
  };
}
