/**
 * Changes the data of a person: name, language, groups, and the address, which is unproven until its owner answers a
 * code. Keys that depend on the mailbox move to the new address, as after every change of it. A change after which the
 * person could not sign in is refused first.
 */
import { z } from 'zod';
import { mailAddress } from '../../accounts/mail-address.ts';
import { plainText } from '../../accounts/plain-text.ts';
import type { Person } from '../../accounts/person.ts';
import type { Services } from '../services.ts';
import { createChangeAddress } from '../../digital-keys/change-address.ts';
import { done, refuse, type Outcome, type Refusal } from '../refusals.ts';
import { changeAccount, type WriteParts } from './account-write.ts';
import { brakeAccounts, lookAtAccounts, type AccountsLook } from './accounts-look.ts';
import { reasonFaults, type Accepted } from './brake.ts';
import { changedPerson, type ChangedPerson, type PersonChanges } from './person-changes.ts';
import { findPerson } from './person-show.ts';

export interface SetPersonRequest {
  /** User name or id. */
  readonly person: string;
  readonly by: string;
  /** As they were written; an empty name removes it. */
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
  readonly language?: string | undefined;
  readonly email?: string | undefined;
  /** All of them. */
  readonly groups?: readonly string[] | undefined;
  readonly reason?: string | undefined;
  readonly accepted?: Accepted | undefined;
  /** Even if the only key depends on the mailbox, whose address changes. */
  readonly evenLast?: boolean;
  readonly dryRun?: boolean;
}

export interface SetPerson {
  readonly person: string;
  readonly username: string;
  /** The changed members; none: all was so already, and nothing was written. */
  readonly changed: readonly string[];
  /** How many keys send their codes to the new address now. */
  readonly movedKeys: number;
  readonly written: boolean;
  readonly look: AccountsLook;
}

type Parts = WriteParts & Pick<Services, 'sealing'>;

export type SetPersonOutcome =
  | Extract<Outcome<SetPerson>, { readonly ok: true }>
  | { readonly ok: false; readonly refusals: readonly Refusal[]; readonly look?: AccountsLook };

export async function setPerson(services: Parts, request: SetPersonRequest): Promise<SetPersonOutcome> {
  const { by, reason, accepted, evenLast = false, dryRun = false } = request;
  const found = await findPerson(services, request.person);
  if (!found.ok) return found;
  const read = readDetails(request);
  if (!read.ok) return read;
  const faults = reason === undefined ? [] : reasonFaults(reason);
  if (faults.length > 0) return { ok: false, refusals: faults };
  const before = found.value;
  const now = services.clock.now();
  const how = { addresses: createChangeAddress(services), by, now, reason };
  const { person: after, changed } = changedPerson(before, read.value, how);
  const movedKeys = onMailbox(services, before, after);
  const about = { person: before.id, username: before.username, changed, movedKeys };
  if (movedKeys > 0 && !evenLast && isOnlyWay(before, movedKeys))
    return refuse(
      'key_last',
      `The only key of ${before.username} gets its codes by e-mail: they would go to the new address, which nobody has proven. To go on, where that address is sure: --even-last.`,
    );
  const look = await lookAtAccounts(services, changed.length === 0 ? [] : [{ before, after }]);
  const refusals = brakeAccounts(look, accepted);
  if (refusals.length > 0) return { ok: false, refusals, look };
  if (dryRun || changed.length === 0) return done({ ...about, written: false, look });
  const written = await changeAccount(services, before.id, (current) => {
    const result: ChangedPerson | undefined = isAsLookedAt(current, before)
      ? changedPerson(current, read.value, how)
      : undefined;
    return { account: result && result.changed.length > 0 ? result.person : undefined, result };
  });
  if (!written.ok) return written;
  const updated = written.value;
  if (!updated?.result)
    return refuse(
      'account_changed_meanwhile',
      `The account of ${before.username} has just been changed. Nothing was written.`,
    );
  return done({ ...about, written: updated.account !== undefined, look });
}

/** The judged account is still the present one. */
export const isAsLookedAt = (current: Person, before: Person): boolean =>
  current.removedAt === undefined &&
  current.disabled === before.disabled &&
  current.email?.address === before.email?.address &&
  JSON.stringify([current.groups, current.dates, current.keys.map(({ id, status }) => [id, status])]) ===
    JSON.stringify([before.groups, before.dates, before.keys.map(({ id, status }) => [id, status])]);

const details = z.strictObject({
  givenName: z.union([z.literal(''), plainText(100)]).optional(),
  familyName: z.union([z.literal(''), plainText(100)]).optional(),
  language: z.enum(['nl', 'fr', 'de', 'en']).optional(),
  email: z
    .string()
    .refine((address) => mailAddress(address) !== undefined, 'must be one mail address')
    .transform((address) => ({ address: mailAddress(address) ?? '', verified: false }))
    .optional(),
  groups: z.array(plainText(100)).max(100).optional(),
});

function readDetails({ givenName, familyName, language, email, groups }: SetPersonRequest): Outcome<PersonChanges> {
  const parsed = details.safeParse({ givenName, familyName, language, email, groups });
  if (!parsed.success)
    return refuse(
      'person_details_invalid',
      parsed.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}.`).join('\n'),
    );
  const isNothing = Object.values(parsed.data).every((value) => value === undefined);
  return isNothing ? refuse('nothing_to_change', 'Say what is to be changed.') : done(parsed.data);
}

/** How many working keys would send their codes to another address. */
export const onMailbox = ({ registry }: Pick<Parts, 'registry'>, before: Person, after: Person): number =>
  before.email?.address === after.email?.address
    ? 0
    : after.keys.filter(({ factor, status }) => status === 'active' && registry.get(factor)?.onMailbox !== undefined)
        .length;

/** Whether no other key works. */
export const isOnlyWay = ({ keys }: Person, moved: number): boolean =>
  keys.filter(({ status }) => status === 'active').length === moved;
