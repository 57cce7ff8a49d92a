/** The sign-in after an action was done: it goes on with what was proved, and asks for what is missing. Pure. */
import type { Person } from '../../accounts/person.ts';
import { afterPassword } from '../after-password.ts';
import type { SignInContext } from '../context.ts';
import { withoutKey, withoutSaid, type SignInState } from '../sign-in-state.ts';
import { goOn, type Acted } from '../step-handler.ts';
import { proofWorks } from './key-in-question.ts';

/** @param person as written by the action */
export function acted(context: SignInContext, person: Person): Acted {
  const { securing: _over, wizard: _left, parked: _waits, ...rest } = withoutSaid(context.state);
  const state: SignInState = { ...rest, acted: true };
  const proves = state.proof?.purpose === 'sign-in' && proofWorks(context.with({ person }));
  if (proves || state.proof === undefined) return goOn(state, person);
  return goOn(afterPassword(context.with({ state: withoutKey(state), person })), person);
}
