/**
 * The question at the end of an enrolment: does the person also want a way back, such as recovery codes? Asked where
 * the deployment wants it (`factors.<id>.offerAfterEnrolment`). What was activated before stays, whatever the answer.
 */
import type { FactorId } from '../../factors/contract.ts';
import { mayEnrol } from '../../factors/policy/lifecycle.ts';
import type { SignInContext } from '../context.ts';
import type { SignInState, Wizard } from '../sign-in-state.ts';
import { say, type Acted, type StepInput } from '../step-handler.ts';
import { begin } from './begin-key.ts';

/** The new key stands for the person who has just proved it. */
function byNewKey(context: SignInContext): SignInContext | undefined {
  const { bound } = context.state.wizard ?? {};
  return bound && context.with({ state: { ...context.state, proof: { ...bound, purpose: 'sign-in' } } });
}

/** The factor that the page of the end asks about; `undefined`: it asks nothing. */
export function fallbackOffered(context: SignInContext): FactorId | undefined {
  const { person, factors, statusOf, state } = context;
  const proved = state.activation ? undefined : byNewKey(context);
  if (!proved) return undefined;
  const held = new Set(person?.keys.filter(({ status }) => status === 'active').map(({ factor }) => factor));
  const asked = factors.find(
    ({ factor: { id, traits }, offerAfterEnrolment }) =>
      offerAfterEnrolment === true &&
      traits.selfService &&
      mayEnrol(statusOf(id)) &&
      !held.has(id) &&
      proved.mayBind(id, undefined),
  );
  return asked?.factor.id;
}

/** Yes: its page comes, and afterwards this one again. */
export async function beginFallback(input: StepInput): Promise<Acted> {
  const { context } = input;
  const { wizard, proof } = context.state;
  const factor = fallbackOffered(context);
  const proved = byNewKey(context);
  if (!wizard || !proved || factor === undefined) return say(context, 'choice_unknown');
  const resume = { wizard, ...(proof && { proof }) };
  const further: Wizard = { at: 'activate-key', email: 'show', mailboxProved: true, resume };
  const acted = await begin({ ...input, context: proved }, further, factor);
  const isBegun = acted.kind === 'state' && acted.state.wizard?.resume !== undefined;
  return isBegun ? acted : say(context, (acted.kind === 'state' && acted.state.notice?.reason) || 'choice_unknown');
}

/**
 * The sign-in as it was at the end of the first enrolment: it rests on what was proved then, and the further key proves
 * nothing in it. @param further the factor of the key that was made; absent: none was
 */
export function backToDone(state: SignInState, further?: FactorId): SignInState {
  const { proof: _lent, ...rest } = state;
  const { resume } = state.wizard ?? {};
  if (!resume) return state;
  const { proof, wizard } = resume;
  return { ...rest, ...(proof && { proof }), wizard: { ...wizard, ...(further === undefined ? {} : { further }) } };
}
