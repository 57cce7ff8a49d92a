/**
 * The one write that ends an activation: the new key on, every earlier key off, the new password, the accepted terms,
 * all sessions over, and link and code used. Before it nothing of the account works in another way; of two browsers one
 * wins. Pure; called where the wizard binds a key.
 */
import { withActivationDone } from '../../accounts/activation.ts';
import { notice } from '../../accounts/notices.ts';
import { nameTries } from '../../accounts/own-name.ts';
import { addPending, type Updated } from '../../accounts/person-store.ts';
import type { Person } from '../../accounts/person.ts';
import { withOther } from '../../digital-keys/attempt-counter.ts';
import { noAttempts } from '../../passwords/attempt-limits.ts';
import type { SignInContext } from '../context.ts';

/**
 * @param context with the account as it is at the write
 * @param exchange binds the new key to the account that it gets
 */
export function completeActivation(
  { state: { activation }, person, now }: SignInContext,
  exchange: (account: Person) => Updated<string | undefined>,
): Updated<string | undefined> {
  if (!activation?.password || !person) return { result: undefined };
  const { account, result } = exchange(person);
  const used = account && withActivationDone(account, activation.id, now);
  if (!used || result === undefined) return { result: undefined };
  const { passwordAttempts: _slowed, ...rest } = withOther(used, nameTries, noAttempts);
  const started: Person = {
    ...rest,
    passwordAttempts: {},
    password: activation.password,
    ...(activation.terms ? { terms: activation.terms } : {}),
    sessionsEnded: (used.sessionsEnded ?? 0) + 1,
  };
  return { account: addPending(started, ...notice(started, 'activated', { username: started.username }, now)), result };
}
