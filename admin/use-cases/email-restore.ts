/**
 * Restores an address that was changed within the last days, because its owner says that somebody else changed it. Keys
 * that depend on the mailbox go back with it.
 */
import type { Services } from '../services.ts';
import { maskAddress } from '../../accounts/mail-address.ts';
import { restorable } from '../../accounts/former-addresses.ts';
import { createChangeAddress } from '../../digital-keys/change-address.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import { changeAccount, type WriteParts } from './account-write.ts';
import { findPerson } from './person-show.ts';

export interface RestoreEmailRequest {
  /** User name or id. */
  readonly person: string;
  /** The former address, as its owner gives it. */
  readonly address: string;
  readonly by: string;
  /** Stored in the audit log: how the person was identified. */
  readonly reason: string;
}

export interface RestoredEmail {
  readonly person: string;
  readonly username: string;
  /** Masked. */
  readonly email: string;
}

export async function restoreEmail(
  services: WriteParts & Pick<Services, 'sealing'>,
  { person: who, address, by, reason }: RestoreEmailRequest,
): Promise<Outcome<RestoredEmail>> {
  const found = await findPerson(services, who);
  if (!found.ok) return found;
  const { id, username } = found.value;
  const now = services.clock.now();
  const addresses = createChangeAddress(services);
  const changed = await changeAccount(services, id, (person) => ({
    account: addresses.restore(person, address, { actor: by, reason }, now),
    result: undefined,
  }));
  if (!changed.ok) return changed;
  const written = changed.value?.account;
  if (written?.email) return done({ person: id, username, email: maskAddress(written.email.address) });
  const days = restorable(found.value, now).map(({ address: one }) => maskAddress(one));
  const known = days.length === 0 ? 'None can be put back.' : `What can be put back: ${days.join(', ')}.`;
  return refuse(
    'address_not_former',
    `${username} had no other address like this within the last seven days. ${known}`,
  );
}
