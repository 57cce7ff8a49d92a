/**
 * Decides, after a correct password, which key the sign-in asks for, or why it asks for none. Pure. Called by the
 * password step and by the look ahead (`prospect.ts`, `pages-ahead.ts`).
 */
import type { FactorId } from '../factors/contract.ts';
import type { SignInContext } from './context.ts';
import { secure } from './enrolment/secure-account.ts';
import type { SignInState } from './sign-in-state.ts';

/** @param context with the person, and with the password as just given */
export function afterPassword(context: SignInContext): SignInState {
  const { state, order, secondStep, permitted } = context;
  // With a permit and no key to ask for, the person activates a new key.
  if (state.securing || (permitted && secondStep.kind === 'enrol')) {
    const acted = secure(context);
    return acted.kind === 'state' ? acted.state : state;
  }
  if (order === 'key-first' || state.chosen !== undefined || secondStep.kind !== 'key') return state;
  const chosen = defaultFactor(context);
  return chosen === undefined
    ? { ...state, refused: { reason: 'no_usable_key' } }
    : { ...state, chosen, knowingly: false };
}

/**
 * The key to ask for: the last used of those that are not being retired; otherwise one that still permits activating
 * its replacement.
 */
function defaultFactor(context: SignInContext): FactorId | undefined {
  const best = context.usableKeys[0];
  if (best) return best.factor;
  return context.person?.keys.find(
    ({ status, factor }) => status === 'active' && context.advise(factor).kind === 'require',
  )?.factor;
}
