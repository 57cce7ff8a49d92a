/**
 * The proof that a new password needs beside the proved mailbox: a key, if the account has one (NIST SP 800-63B-4
 * §4.2.2; ASVS 6.4.3). Pure. Called by the context of a request, and again by the write of the new password.
 */
import { maySetPassword } from '../accounts/password-permit.ts';
import type { Key, Person } from '../accounts/person.ts';
import type { Factor } from '../factors/contract.ts';
import type { Holding } from '../factors/policy/second-step.ts';
import type { SignInState } from './sign-in-state.ts';

/**
 * `key`: prove one. `help`: keys are held, and none can be proved beside the mailbox. `again`: the mailbox was not
 * proved, too long ago, or is not the account's any more.
 */
export type ResetNeed = 'nothing' | 'key' | 'help' | 'again';

/** How long (ms) a proved mailbox counts: time to find the key and to choose a password. */
export const mailboxCounts = 15 * 60_000;

interface Facts {
  readonly state: SignInState;
  readonly person: Person | undefined;
  readonly now: number;
  readonly factors: readonly { readonly factor: Pick<Factor, 'id' | 'onMailbox'> }[];
  readonly provableKeys: readonly Key[];
  readonly holding: Holding;
}

/** The keys that prove their owner beside the mailbox: a code that goes to the same mailbox proves nothing more. */
export const resetKeys = ({ provableKeys, factors }: Pick<Facts, 'provableKeys' | 'factors'>): readonly Key[] =>
  provableKeys.filter((key) =>
    factors.some(({ factor }) => factor.id === key.factor && factor.onMailbox === undefined),
  );

export function resetNeed(context: Facts): ResetNeed {
  const { state, person, now, holding } = context;
  const { forgotten, proof } = state;
  const mailbox = forgotten?.mailbox;
  if (!mailbox || now - mailbox.at > mailboxCounts || person?.email?.address !== mailbox.address) return 'again';
  const keys = resetKeys(context);
  if (keys.some(({ id }) => id === proof?.key)) return 'nothing';
  if (keys.length > 0) return 'key';
  return holding === 'none' || maySetPassword(person, now) ? 'nothing' : 'help';
}
