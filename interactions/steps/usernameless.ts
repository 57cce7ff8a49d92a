/**
 * Sign-in without a user name: the key identifies the account, and its device has verified the user. It counts as two
 * factors, so no password is asked for.
 */
import type { FactorId } from '../../factors/contract.ts';
import { maySignIn } from '../../factors/policy/lifecycle.ts';
import { recordPostponement } from '../retirement/postpone.ts';
import { blankReason, goOn, say, untilOf, type Act } from '../step-handler.ts';
import { sessionsEndedFor } from '../evidence.ts';
import { withoutKey, type StepName, type SignInState } from '../sign-in-state.ts';
import type { SignInContext } from '../context.ts';

/** The factor that this page offers for it: one that is accepted here; none when another factor was chosen before. */
export function usernamelessFactor({ suitable, statusOf, state }: SignInContext, step: StepName): FactorId | undefined {
  if ((step !== 'choose-key' && step !== 'password') || state.securing || state.forgotten?.mailbox) return undefined;
  const id = suitable.find(({ factor }) => factor.usernameless && maySignIn(statusOf(factor.id)))?.factor.id;
  return step === 'choose-key' || state.chosen === undefined || state.chosen === id ? id : undefined;
}

export const actUsernameless =
  (step: StepName): Act =>
  async ({ context, form, core }) => {
    const factor = usernamelessFactor(context, step);
    if (factor === undefined) return say(context, 'choice_unknown');
    const blank = blankReason(form, core.factor(factor)?.traits);
    if (blank !== undefined) return say(context, blank);
    const judged = await core.usernamelessSignIn.verify(factor, form['asked'] ?? '', form, context.occasion('sign-in'));
    if (!judged.ok) return say(context, judged.reason, untilOf(judged));
    const { proof, person } = judged.value;
    const state: SignInState = {
      ...keptFor(person.id, context.state),
      person: person.id,
      sessionsEnded: sessionsEndedFor(context.state, person),
      chosen: factor,
      knowingly: true,
      proof: { ...proof, purpose: 'sign-in' },
    };
    return goOn(state, await recordPostponement(core, person, context.with({ state })));
  };

/** A password, a session and postponements belong to one account. */
function keptFor(person: string, state: SignInState): SignInState {
  const bare = withoutKey(state);
  if (state.person === person) return bare;
  const {
    passwordAt: _at,
    passwordSetAt: _set,
    passwordFrom: _there,
    passwordBrowser: _its,
    sessionKeys: _session,
    ...rest
  } = bare;
  return state.person === undefined ? rest : { ...rest, postponed: [] };
}
