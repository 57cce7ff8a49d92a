/**
 * Removes an account for good. One write removes all data about the person, disables the account and ends its sessions
 * and tokens; the relay delivers the audit event and the end of the sessions, and then removes the document, the user
 * name and the numbers of devices. The audit log keeps the id of the account, which names nobody.
 */
import { removedPerson } from '../../accounts/forget-person.ts';
import { auditLine } from '../../accounts/notices.ts';
import { addPending } from '../../accounts/person-store.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import { changeAccount, type WriteParts } from './account-write.ts';
import { reasonFaults } from './brake.ts';
import { findPerson } from './person-show.ts';

export interface RemovePersonRequest {
  /** User name or id. */
  readonly person: string;
  readonly by: string;
  /** The reason, as the administrator writes it: stored in the audit log, for longer than the account. */
  readonly reason?: string | undefined;
  /** The administrator knows that it cannot be undone. */
  readonly confirmed?: boolean;
  /** Only says what would happen. */
  readonly dryRun?: boolean;
}

export interface RemovedAccount {
  /** Its id, as in the audit log. */
  readonly person: string;
  readonly username: string;
  /** How many keys (active or blocked) and trusted browsers are removed with it. */
  readonly keys: number;
  readonly browsers: number;
  readonly written: boolean;
}

export async function removePerson(
  services: WriteParts,
  { person: who, by, reason, confirmed = false, dryRun = false }: RemovePersonRequest,
): Promise<Outcome<RemovedAccount>> {
  const found = await findPerson(services, who);
  if (!found.ok) return found;
  const faults = reason === undefined ? [] : reasonFaults(reason);
  if (faults.length > 0) return { ok: false, refusals: faults };
  const { id, username, trustedBrowsers, keys: all } = found.value;
  const keys = all.filter(({ status }) => status !== 'off').length;
  const browsers = trustedBrowsers?.length ?? 0;
  const now = services.clock.now();
  const facts = { keys, browsers, ...(reason === undefined ? {} : { reason: reason.trim() }) };
  const event = { at: now, actor: by, action: 'person.removed', person: id, facts } as const;
  const changed = await changeAccount(
    services,
    id,
    (person) => ({
      account: person.removedAt === undefined ? addPending(removedPerson(person, now), auditLine(event)) : undefined,
      result: undefined,
    }),
    { dryRun: dryRun || !confirmed },
  );
  if (!changed.ok) return changed;
  if (!dryRun && !confirmed)
    return refuse(
      'confirmation_missing',
      `The account of ${username} would go for good, with its keys (${keys}) and trusted browsers (${browsers}). To go on: --yes.`,
    );
  return done({ person: id, username, keys, browsers, written: !dryRun && changed.value?.account !== undefined });
}
