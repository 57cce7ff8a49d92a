import type { FactorId } from '../../factors/contract.ts';
import type { Person } from '../../accounts/person.ts';
import { recordPostponement } from '../retirement/postpone.ts';
import { goOn, refuse, say, type Act } from '../step-handler.ts';
import { actUsernameless } from './usernameless.ts';
import { sessionsEndedFor } from '../evidence.ts';
import { besidesKey, withoutKey, type SignInState } from '../sign-in-state.ts';
import { leaveSecuring, secure } from '../enrolment/secure-account.ts';
import type { SignInContext } from '../context.ts';

const longestName = 320;

export const actPassword: Act = async ({ context, form, core, from, browser }) => {
  if (form['action'] === 'recognise') return actUsernameless('password')({ context, form, core, from, browser });
  if (form['action'] === 'other-key') return goOn(besidesKey(context.steps));
  if (form['action'] === 'secure' && context.rules.mayActivate)
    return goOn({ ...withoutKey(context.steps), securing: true });
  if (form['action'] === 'cancel' && context.steps.securing) return goOn(leaveSecuring(context.steps));
  const { username = '', password = '' } = form;
  const typed = context.with({ steps: { ...context.steps, username: username.slice(0, longestName) } });
  if (username.trim() === '' || username.length > longestName)
    return say(typed, 'input_invalid', { field: 'username' });
  if (password === '') return say(typed, 'input_invalid', { field: 'password' });

  const check = await core.passwordChecks.check({ username, password, from, tokens: browser.tokens, now: context.now });
  switch (check.kind) {
    case 'paused':
      core.note({
        at: context.now,
        actor: 'unknown',
        action: 'password.refused',
        client: context.client.id,
        reason: 'attempts_paused',
      });
      return say(typed, 'attempts_paused', { until: check.until });
    case 'wrong':
      core.note({
        at: context.now,
        actor: 'unknown',
        action: 'password.refused',
        client: context.client.id,
        reason: 'credentials_wrong',
        ...(check.person === undefined ? {} : { person: check.person, facts: { network: check.network } }),
      });
      return say(typed, 'credentials_wrong');
    case 'disabled': {
      const { id } = check.person;
      core.note({
        at: context.now,
        actor: id,
        action: 'password.refused',
        person: id,
        client: context.client.id,
        reason: 'account_disabled',
      });
      return refuse(typed, 'account_disabled');
    }
    case 'right': {
      const kept = keptFor(check.person, typed.steps);
      const person = await recordPostponement(core, check.person, context.with({ steps: kept }));
      if (check.token !== undefined) browser.keep(check.token);
      const proven: SignInState = {
        ...kept,
        person: person.id,
        passwordAt: context.now,
        passwordFrom: check.source,
        passwordBrowser: check.browser,
        sessionsEnded: sessionsEndedFor(typed.steps, person),
        ...(person.password === undefined ? {} : { passwordSetAt: person.password.setAt }),
      };
      const line = { at: context.now, actor: person.id, person: person.id, client: context.client.id } as const;
      core.mention({ ...line, action: 'password.proved' });
      const next = context.with({ steps: proven, person });
      if (proven.securing) return secure(next);
      // An administrator lets a new key be activated, and there is none to ask for.
      if (next.permitted && next.secondStep.kind === 'enrol') return secure(next);
      if (context.order === 'key-first' || proven.chosen !== undefined || next.secondStep.kind !== 'key')
        return goOn(proven, person);
      const chosen = defaultKind(next, person);
      if (chosen !== undefined) return goOn({ ...proven, chosen, knowingly: false }, person);
      core.note({ ...line, action: 'sign-in.refused', reason: 'no_usable_key' });
      return goOn({ ...proven, refused: { reason: 'no_usable_key' } }, person);
    }
  }
};

/**
 * Whoever was named before, or stands behind the live session, is somebody else: what was asked of them, what they put off and the keys that they
 * proved are not this person's, nor is a key that we chose for them.
 */
function keptFor({ id }: Person, steps: SignInState): SignInState {
  if (steps.person === undefined || steps.person === id) return steps;
  const {
    asked: _asked,
    aside: _aside,
    sessionKeys: _theirs,
    ...rest
  } = steps.knowingly === true ? steps : withoutKey(steps);
  return { ...rest, postponed: [] };
}

/** The key to ask for: the one used last of those that stay; else one that still opens the enrolment of its replacement. */
function defaultKind(context: SignInContext, person: Person): FactorId | undefined {
  const best = context.usableKeys[0];
  if (best) return best.factor;
  return person.keys.find(({ status, factor }) => status === 'active' && context.advise(factor).kind === 'require')
    ?.factor;
}
