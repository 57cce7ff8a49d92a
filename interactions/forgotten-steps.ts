/** What the pages about a forgotten password or user name do with the sign-in state. Pure. */
import type { Person } from '../accounts/person.ts';
import type { SignInContext } from './context.ts';
import { resetKeys } from './reset-need.ts';
import { emptyState, type Forgotten, type SignInState } from './sign-in-state.ts';

/** The deployment lets people ask for a new password. */
export const mayForget = ({ rules }: Pick<SignInContext, 'rules'>): boolean => rules.password.reset !== 'off';

/** The sign-in is as before; after the mailbox was proved it begins again, since nothing else is proved. */
export function leaveForgotten(state: SignInState): SignInState {
  const { forgotten, ...before } = state;
  if (forgotten?.mailbox === undefined) return before;
  return { ...emptyState, ...(state.username === undefined ? {} : { username: state.username }) };
}

/**
 * The mailbox of this person is proved: whatever another account has proved or begun here is gone. The key to ask for
 * is the one used last of those that prove more than the mailbox.
 */
export function withMailboxProved(context: SignInContext, forgotten: Forgotten, person: Person): SignInState {
  const { chosen, knowingly, wish, inHand, securing, username } = context.state;
  const { address = '' } = person.email ?? {};
  const state: SignInState = {
    ...emptyState,
    ...(chosen === undefined ? {} : { chosen }),
    ...(knowingly === undefined ? {} : { knowingly }),
    ...(wish === undefined ? {} : { wish }),
    ...(inHand === undefined ? {} : { inHand }),
    ...(securing === undefined ? {} : { securing }),
    ...(username === undefined ? {} : { username }),
    forgotten: { ...forgotten, mailbox: { address, at: context.now } },
    person: person.id,
    sessionsEnded: person.sessionsEnded ?? 0,
  };
  const [key] = resetKeys(context.with({ state, person }));
  return key === undefined ? state : { ...state, chosen: key.factor, knowingly: false };
}
