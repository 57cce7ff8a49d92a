/** Whether what was proved before still carries what is asked now: the change of the address, or the new key. The wizard asks it. */
import type { Person } from '../../accounts/person.ts';
import { goOn, type Acted } from '../step-handler.ts';
import { withoutKey, type Notice, type Wizard } from '../sign-in-state.ts';
import type { SignInContext } from '../context.ts';

/** How old a proof may be that lets the address be changed (ASVS 7.5.1). */
const recentMs = 5 * 60_000;
export const isRecent = ({ steps: { proof }, now }: SignInContext): boolean =>
  proof !== undefined && now - proof.at <= recentMs;

/** The same key once more, and then the wizard from its beginning. */
export function proveAgain(context: SignInContext): Acted {
  const { steps } = context;
  const { factor } = steps.proof ?? {};
  const notice: Notice = { reason: 'proof_too_old' };
  if (factor === undefined || steps.passwordAt === undefined) return goOn({ ...withoutKey(steps), notice });
  return goOn({ ...withoutKey(steps), chosen: factor, knowingly: true, wish: factor, notice });
}

/**
 * What let the new key be activated stands still: the key that makes way or was proved, or that there was none; and no stronger key came meanwhile.
 */
export function stillStands(context: SignInContext, wizard: Wizard, current: Person, factor: string): boolean {
  const then = context.with({ person: current });
  const ground = wizard.fromKey ?? context.steps.proof?.key;
  const stands =
    ground === undefined
      ? !then.mustProve
      : current.keys.some(({ id, status }) => id === ground && status === 'active');
  return stands && then.mayBind(factor, wizard.from);
}
