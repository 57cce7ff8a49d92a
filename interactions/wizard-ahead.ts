/**
 * Whether the wizard for a new key would begin, if the person proved a key of theirs now: asks the wizard itself. Pure;
 * proves nothing. Called by `prospect.ts`.
 */
import type { Assurance, FactorId } from '../factors/contract.ts';
import type { Key } from '../accounts/person.ts';
import type { Reason } from '../factors/reasons.ts';
import type { SignInContext } from './context.ts';
import { enterWizard } from './enrolment/wizard.ts';
import type { SignInState } from './sign-in-state.ts';
import { purposeOf } from './steps/prove-key.ts';

/**
 * Why the wizard would not begin; `undefined`: it would.
 *
 * @param context of a person who has just given the right password
 * @param key that would be proved; absent: none, where the person needs to prove none
 */
export function wizardFault(context: SignInContext, key: Key | undefined): Reason | undefined {
  const acted = enterWizard(context.with({ state: key ? provedBy(context, key) : context.state }));
  return acted.kind === 'state' ? (acted.state.refused ?? acted.state.notice)?.reason : 'choice_unknown';
}

function provedBy(context: SignInContext, { id, factor }: Key): SignInState {
  const state: SignInState = { ...context.state, chosen: factor };
  const purpose = purposeOf(context.with({ state }));
  return {
    ...state,
    proof: { key: id, factor, assurance: assuranceAhead(context, factor), at: context.now, purpose },
  };
}

/** The most that a proof by this factor is worth; of the rest of an assurance no page depends. */
export const assuranceAhead = ({ strengthOf }: SignInContext, factor: FactorId): Assurance => ({
  amr: [],
  strength: strengthOf(factor) ?? 'low',
  possession: true,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: false,
});
