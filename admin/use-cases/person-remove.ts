/**
 * Removes an account for good. One write takes away all that is known of the person, disables the account and ends what it has open; the relay delivers the audit line and
 * the end of the sessions, and then takes the document, the user name and the numbers of devices away. The audit log keeps the account's id, which names nobody any more.
 */
import { removedPerson } from '../../accounts/forget-person.ts';
import { auditLine } from '../../accounts/notices.ts';
import { addPending } from '../../accounts/person-store.ts';
import type { Services } from '../services.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import { reasonFaults } from './brake.ts';
import { findPerson } from './person-show.ts';

export interface RemovePersonRequest {
  /** User name or id. */
  readonly person: string;
  readonly by: string;
  /** Why, in the words of who acts: it stands in the audit trail, for longer than the account. */
  readonly reason?: string | undefined;
  /** That it cannot be undone is known. */
  readonly confirmed?: boolean;
  /** Only say what would happen. */
  readonly dryRun?: boolean;
}

export interface RemovedAccount {
  /** Its id: what the audit log goes on calling it. */
  readonly person: string;
  readonly username: string;
  /** How many keys that work or are blocked, and trusted browsers, go with it. */
  readonly keys: number;
  readonly browsers: number;
  readonly written: boolean;
}

export async function removePerson(
  services: Pick<Services, 'people' | 'clock'>,
  { person: who, by, reason, confirmed = false, dryRun = false }: RemovePersonRequest,
): Promise<Outcome<RemovedAccount>> {
  const found = await findPerson(services, who);
  if (!found.ok) return found;
  const faults = reason === undefined ? [] : reasonFaults(reason);
  if (faults.length > 0) return { ok: false, refusals: faults };
  const { id, username } = found.value;
  const keys = found.value.keys.filter(({ status }) => status !== 'off').length;
  const browsers = found.value.devices?.length ?? 0;
  if (!dryRun && !confirmed)
    return refuse(
      'confirmation_missing',
      `The account of ${username} would go for good, with its keys (${keys}) and trusted browsers (${browsers}). To go on: --yes.`,
    );
  const now = services.clock.now();
  const facts = { keys, browsers, ...(reason === undefined ? {} : { reason: reason.trim() }) };
  const written = dryRun
    ? undefined
    : await services.people.change(id, (person) =>
        person.removedAt === undefined
          ? addPending(
              removedPerson(person, now),
              auditLine({ at: now, actor: by, action: 'person.removed', person: id, facts }),
            )
          : undefined,
      );
  return done({ person: id, username, keys, browsers, written: written !== undefined });
}
