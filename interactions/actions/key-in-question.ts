/** The key that an action is about, and the key that proves the person for it. Pure. */
import type { Key } from '../../accounts/person.ts';
import type { SignInContext } from '../context.ts';

/** One of this person's keys that works or is blocked; `undefined`: there is none with that id, or the action names none. */
export function keyInQuestion({ action, person }: SignInContext): Key | undefined {
  const id = action && 'key' in action ? action.key : undefined;
  return id === undefined ? undefined : person?.keys.find((key) => key.id === id && key.status !== 'off');
}

/** The key to ask for: strong enough, and not the one in question where another will do; the last used first. */
export function provingKey(context: SignInContext): Key | undefined {
  const { provableKeys, provesFor } = context;
  const about = keyInQuestion(context);
  if (!about) return provableKeys[0];
  const strong = provableKeys.filter((key) => provesFor(key, about));
  return strong.find(({ id }) => id !== about.id) ?? strong[0] ?? provableKeys[0];
}

/** Whether the key that was proved here works still. */
export const proofWorks = ({ steps: { proof }, person }: SignInContext): boolean =>
  proof !== undefined && (person?.keys.some(({ id, status }) => id === proof.key && status === 'active') ?? false);
