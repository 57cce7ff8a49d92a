/** Lists all people, one on each line. */
import type { Services } from '../services.ts';
import { allDocuments } from '../../adapters/storage/all-pages.ts';
import { maskAddress } from '../../accounts/mail-address.ts';
import type { Person } from '../../accounts/person.ts';
import { isSharedMailbox } from '../../accounts/shared-mailbox.ts';

export interface PersonLine {
  readonly id: string;
  readonly username: string;
  /** Masked. */
  readonly email: string | null;
  /** Several people read it, as its name shows (`sharedMailboxes`). */
  readonly sharedMailbox: boolean;
  readonly groups: readonly string[];
  readonly disabled: boolean;
  /** Factors of the keys that work. */
  readonly keys: readonly string[];
}

export interface PersonFilter {
  readonly sharedMailbox?: boolean;
}

const pageSize = 200;

/** In order of id; reads all accounts once, a page at a time. */
export async function* listPeople(
  { people, settings }: Pick<Services, 'people' | 'settings'>,
  { sharedMailbox = false }: PersonFilter = {},
): AsyncGenerator<PersonLine> {
  for await (const { value } of allDocuments(people, pageSize)) {
    const shared = hasSharedMailbox(value, settings);
    if (shared || !sharedMailbox) yield lineOf(value, shared);
  }
}

export const hasSharedMailbox = ({ email }: Person, { sharedMailboxes }: Services['settings']): boolean =>
  email !== undefined && isSharedMailbox(email.address, sharedMailboxes.localParts);

function lineOf({ id, username, email, groups, disabled, keys }: Person, sharedMailbox: boolean): PersonLine {
  return {
    id,
    username,
    email: email ? maskAddress(email.address) : null,
    sharedMailbox,
    groups,
    disabled,
    keys: keys.filter(({ status }) => status === 'active').map(({ factor }) => factor),
  };
}
