/** The key that an action is about, and the key that proves the person for it. Pure. */
import type { FactorId } from '../../factors/contract.ts';
import type { Key } from '../../accounts/person.ts';
import type { SignInContext } from '../context.ts';

type Facts = Pick<SignInContext, 'action' | 'person' | 'factors'>;

/**
 * One of this person's keys that works or is blocked: the one that the action names, or the one that a telephone number
 * stands in. `undefined`: there is none.
 */
export function keyInQuestion({ action, person, factors }: Facts): Key | undefined {
  const held = person?.keys.filter(({ status }) => status !== 'off') ?? [];
  if (action?.kind === 'change-phone') return held.find(({ factor }) => hasNumber(factors, factor));
  return action && 'key' in action ? held.find(({ id }) => id === action.key) : undefined;
}

/** Whether keys of this factor are telephone numbers. */
export const hasNumber = (factors: Facts['factors'], id: FactorId): boolean =>
  factors.some(({ factor }) => factor.id === id && factor.traits.sends === 'sms');

/**
 * The key to ask for: strong enough (for a new address the strongest), and not the one in question where another will
 * do; the last used first.
 */
export function provingKey(context: SignInContext): Key | undefined {
  const { action, provableKeys, provesFor } = context;
  const about = keyInQuestion(context);
  if (action?.kind === 'change-email')
    return provableKeys.find((key) => provableKeys.every((other) => provesFor(key, other)));
  if (!about) return provableKeys[0];
  const strong = provableKeys.filter((key) => provesFor(key, about));
  return strong.find(({ id }) => id !== about.id) ?? strong[0] ?? provableKeys[0];
}

/** Whether the key that was proved here works still. */
export const proofWorks = ({ state: { proof }, person }: SignInContext): boolean =>
  proof !== undefined && (person?.keys.some(({ id, status }) => id === proof.key && status === 'active') ?? false);
