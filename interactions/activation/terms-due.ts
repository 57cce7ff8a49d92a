/** Whether terms of use must be accepted before a sign-in or an activation goes on. Pure. */
import type { SignInContext } from '../context.ts';

/** Whether the person must accept the terms of this deployment now. */
export function termsDue({
  rules,
  state,
  person,
  action,
}: Pick<SignInContext, 'rules' | 'state' | 'person' | 'action'>): boolean {
  const { terms } = rules;
  if (!terms || !person || person.terms?.version === terms.version) return false;
  if (action?.kind === 'activate') return state.activation?.terms?.version !== terms.version;
  return terms.askAgain && person.terms !== undefined && action === undefined;
}
