/** Writes what a person has allowed a third party, once the sign-in ends well. Called by `settle.ts`. */
import type { Context } from 'koa';
import type { Person } from '../../accounts/person.ts';
import { withConsent } from '../../accounts/consents.ts';
import type { SignInContext } from '../context.ts';
import type { Finish } from '../finish.ts';
import type { InteractionDependencies } from '../load-context.ts';

/** The account with the consent; `undefined`: nothing was allowed here. */
export async function recordConsent(
  { core, engine }: Pick<InteractionDependencies, 'core' | 'engine'>,
  ctx: Context,
  { consent, state, person, client, now }: SignInContext,
  finish: Extract<Finish, { readonly kind: 'sign-in' | 'session' }>,
): Promise<Person | undefined> {
  const { accountId } = finish;
  if (!consent || !person || state.allowed !== accountId || person.id !== accountId) return undefined;
  // Nothing was proved here but the session: it must still be this person's, and not that of the next one at the
  // browser.
  if (finish.kind === 'session' && !(await engine.isSignedIn(ctx, accountId))) return undefined;
  return core.people.change(accountId, (account) =>
    account.disabled ? undefined : withConsent(account, client.id, consent.asks, now),
  );
}
