/**
 * The step that sets a new password: checks its rules, writes it (`passwords/set-password.ts`), and shows that it is
 * set. It needs the proofs that the decider asks for; the write checks these proofs again.
 */
import { afterPassword } from '../after-password.ts';
import type { SignInContext } from '../context.ts';
import { proofWorks } from '../actions/key-in-question.ts';
import { isSameAccount, sessionsEndedFor } from '../evidence.ts';
import { leaveForgotten } from '../forgotten-steps.ts';
import type { PageFacts } from '../page-facts.ts';
import type { SignInState } from '../sign-in-state.ts';
import { giveUp, goOn, refuse, say, type Act, type Acted } from '../step-handler.ts';
import type { NewPasswordModel } from '../../views/models.ts';
import type { Person } from '../../accounts/person.ts';

export const actNewPassword: Act = async ({ context, form, core }) => {
  const { state, person, client, now } = context;
  const { action, password = '', again = '' } = form;
  if (state.passwordSet) return leaveDone(context);
  if (action === 'cancel') return state.forgotten ? goOn(leaveForgotten(state)) : giveUp;
  if (!person) return say(context, 'choice_unknown');
  if (password === '') return say(context, 'field_empty', { field: 'password' });
  if (password !== again) return say(context, 'password_differs', { field: 'again' });
  const may = (current: Person) => isSameAccount(state, current) && maySet(context.with({ person: current }));
  const because = state.forgotten ? 'forgotten' : 'change';
  const set = await core.setPassword(person.id, { password, because, client: client.id, now, may });
  if (set.ok) return goOn(withPasswordSet(context, set.person), set.person);
  return set.reason === 'account_disabled'
    ? refuse(context, set.reason)
    : say(context, set.reason, set.reason === 'proof_too_old' ? {} : { field: 'password' });
};

/** Whether the given proofs permit it: those for a forgotten password, or those that every action needs. */
function maySet(context: SignInContext): boolean {
  const { state, mustProve, fresh, proofIsRecent, reset } = context;
  if (state.forgotten) return reset === 'nothing';
  return mustProve ? proofWorks(context) && proofIsRecent : fresh;
}

/** The new password counts as given; a key that was proved for it counts if it signs in here. */
function withPasswordSet({ state, now, action }: SignInContext, person: Person): SignInState {
  const { forgotten, proof, chosen, knowingly, securing: _either, ...rest } = state;
  const kept = proof?.purpose === 'sign-in' ? { proof } : {};
  const { sessionsEnded: _before, ...others } = rest;
  return {
    ...others,
    ...kept,
    ...(chosen !== undefined && (kept.proof || knowingly === true)
      ? { chosen, ...(knowingly === undefined ? {} : { knowingly }) }
      : {}),
    passwordAt: now,
    ...(person.password === undefined ? {} : { passwordSetAt: person.password.setAt }),
    sessionsEnded: sessionsEndedFor(others, person),
    passwordSet: true,
    ...(action?.kind === 'change-password' && !forgotten ? { acted: true } : {}),
  };
}

/** Continues the sign-in, which asks for the same proofs as without this step. */
function leaveDone(context: SignInContext): Acted {
  const { passwordSet: _said, ...state } = context.state;
  return goOn(state.proof ? state : afterPassword(context.with({ state })));
}

export function newPasswordPage({ state, person, rules }: SignInContext, { shell }: PageFacts): NewPasswordModel {
  return {
    ...shell,
    mode: state.passwordSet ? 'done' : 'choose',
    username: person?.username ?? '',
    minimumLength: rules.password.minimumLength,
  };
}
