/** How a sign-in stands once the password was right: which key is asked for, or why none is. Pure; asked by the step, and by whoever looks ahead. */
import type { FactorId } from '../factors/contract.ts';
import type { SignInContext } from './context.ts';
import { secure } from './enrolment/secure-account.ts';
import type { SignInState } from './sign-in-state.ts';

/** @param context with the person, and the password as given a moment ago */
export function afterPassword(context: SignInContext): SignInState {
  const { steps, order, secondStep, permitted } = context;
  // With a permit and no key to ask for, a new one is activated.
  if (steps.securing || (permitted && secondStep.kind === 'enrol')) {
    const acted = secure(context);
    return acted.kind === 'steps' ? acted.steps : steps;
  }
  if (order === 'key-first' || steps.chosen !== undefined || secondStep.kind !== 'key') return steps;
  const chosen = defaultFactor(context);
  return chosen === undefined
    ? { ...steps, refused: { reason: 'no_usable_key' } }
    : { ...steps, chosen, knowingly: false };
}

/** The key to ask for: the one used last of those that stay; else one that still opens the enrolment of its replacement. */
function defaultFactor(context: SignInContext): FactorId | undefined {
  const best = context.usableKeys[0];
  if (best) return best.factor;
  return context.person?.keys.find(
    ({ status, factor }) => status === 'active' && context.advise(factor).kind === 'require',
  )?.factor;
}
