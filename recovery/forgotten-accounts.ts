/**
 * The accounts that a typed name or address may stand for, and to which of them mail leaves. Called by `forgotten.ts`.
 */
import { mailAddress } from '../accounts/mail-address.ts';
import { maySetPassword } from '../accounts/password-permit.ts';
import type { People } from '../accounts/person-store.ts';
import type { Person } from '../accounts/person.ts';
import { localPartOf } from '../accounts/shared-mailbox.ts';
import { TooManyToCount } from '../adapters/storage/port.ts';

/**
 * The account of this user name, otherwise those of this address. @param byAddress an address, and no name
 */
export async function accountsNamed(
  people: Pick<People, 'findByUsername' | 'withMailbox'>,
  typed: string,
  { byAddress = false }: { readonly byAddress?: boolean } = {},
): Promise<readonly Person[]> {
  const named = byAddress ? undefined : await people.findByUsername(typed);
  if (named) return [named];
  const address = mailAddress(typed);
  if (address === undefined) return [];
  const same = ({ email }: Person) => email?.address.toLowerCase() === address.toLowerCase();
  try {
    return (await people.withMailbox(localPartOf(address))).filter(same);
  } catch (error) {
    // So many accounts have this local part that it is no person's own.
    if (error instanceof TooManyToCount) return [];
    throw error;
  }
}

/**
 * Only to a mailbox that was proved, or that an administrator vouches for by a permit; that one person reads; of an
 * account that may sign in.
 */
export function mayBeMailed(person: Person, barsMailbox: (address: string) => boolean, now: number): boolean {
  const { disabled, email } = person;
  if (disabled || email === undefined || barsMailbox(email.address)) return false;
  return email.verifiedAt !== undefined || maySetPassword(person, now);
}
