/**
 * Whether an earlier proof still permits what the person does now: change the address, or activate the new key. The
 * wizard calls it.
 */
import { keyInQuestion } from '../actions/key-in-question.ts';
import { goOn, type Acted } from '../step-handler.ts';
import { withoutKey, type Notice, type Wizard } from '../sign-in-state.ts';
import type { SignInContext } from '../context.ts';

/**
 * The person proves the same key again, and the wizard starts again; for an action it goes on at `wizard`, so that an
 * app that was just set up stays so.
 */
export function proveAgain(context: SignInContext, wizard?: Wizard): Acted {
  const { person } = context.state;
  const parked = context.action && wizard && person !== undefined ? { parked: { person, wizard } } : {};
  const state = { ...context.state, ...parked };
  const { factor } = state.proof ?? {};
  const notice: Notice = { reason: 'proof_too_old' };
  if (factor === undefined || state.passwordAt === undefined) return goOn({ ...withoutKey(state), notice });
  const again = { ...withoutKey(state), chosen: factor, knowingly: true, notice };
  return goOn(context.action ? again : { ...again, wish: factor });
}

/**
 * Whether what permits the change was proved at most five minutes ago: judged when it is written, for what an
 * application asked for. A sign-in that activates a key on its way is bounded by its own lifetime; an activation is
 * permitted by its link and code, which are judged at every step and in the write itself.
 */
export function isInTime({ action, state, proofIsRecent, mustProve, fresh }: SignInContext): boolean {
  if (action === undefined || action.kind === 'activate') return true;
  return state.proof ? proofIsRecent : !mustProve && fresh;
}

/**
 * Whether the reason that permitted the new key is still true: the proved key is active, or none was needed; and nobody
 * has bound a stronger key meanwhile.
 * @param context with the account as it is at the write
 */
export function stillStands(context: SignInContext, wizard: Wizard, factor: string): boolean {
  const proved = context.state.proof?.key;
  const stands =
    proved === undefined
      ? !context.mustProve
      : (context.person?.keys.some(({ id, status }) => id === proved && status === 'active') ?? false);
  const about = keyInQuestion(context);
  return (
    stands &&
    isInTime(context) &&
    context.mayBind(factor, wizard.from) &&
    (about === undefined || context.mayTakeOff(about))
  );
}
