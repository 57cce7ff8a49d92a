/**
 * What a report does (*this was not me*): it takes away what was bound or set since that change, and ends every session
 * and token. It gives nothing back and lets nobody in: who reads the mailbox can at most make the account stricter, and
 * the help desk sorts it out. Pure.
 */
import { restorable } from '../accounts/former-addresses.ts';
import { auditLine, notice } from '../accounts/notices.ts';
import { addPending } from '../accounts/person-store.ts';
import type { ChangeReport } from '../accounts/person-history.ts';
import type { Person } from '../accounts/person.ts';
import { withoutTrustedBrowsers } from '../accounts/trusted-browsers.ts';
import type { FactorId } from '../factors/contract.ts';
import type { KeyChanges } from './key-changes.ts';

export interface ReportRules {
  readonly retire: KeyChanges['retire'];
  /** Whether keys of this factor are the account's mailbox. */
  readonly isOnMailbox: (factor: FactorId) => boolean;
}

/** For the audit log and the log of the operator. */
export interface ReportFacts {
  /** Ids of the keys that are off now. */
  readonly keys: readonly string[];
  /** The address was set since, and does not count as proved. */
  readonly address: boolean;
  /** The password was set since, and is void. */
  readonly password: boolean;
}

export interface Reported {
  readonly person: Person;
  readonly facts: ReportFacts;
}

/** @param now ms */
export function withReported(
  { retire, isOnMailbox }: ReportRules,
  person: Person,
  { at: since, digest }: ChangeReport,
  now: number,
): Reported {
  const address = wasMoved(person, since, now);
  const password = person.password !== undefined && person.password.setAt >= since;
  const gone = person.keys.filter(
    ({ status, factor, boundAt }) => status !== 'off' && (boundAt >= since || (address && isOnMailbox(factor))),
  );
  const keys = gone.map(({ id }) => id);
  const facts = { keys, address, password };
  const bare = withoutTrustedBrowsers(withoutRights(person, { address, password }), 'keys', now);
  const without = keys.reduce((changed, id) => retire(changed, id, 'removed', 'system', now), bare);
  const told = [person.email?.address, ...restorable(person, now).map((former) => former.address)];
  const mails = [...new Set(told)].flatMap((to) =>
    to === undefined ? [] : notice(person, 'change_reported', {}, now, to),
  );
  return {
    facts,
    person: addPending(
      {
        ...without,
        // The code counts once; those of later changes, which are undone with it, not at all.
        reports: (person.reports ?? []).filter((other) => other.digest !== digest && other.at < since),
        sessionsEnded: (person.sessionsEnded ?? 0) + 1,
      },
      auditLine({
        at: now,
        actor: 'unknown',
        action: 'change.reported',
        person: person.id,
        facts: { since, ...facts },
      }),
      ...mails,
    ),
  };
}

/** Whether the address was set since then: what it replaced is still a former address. */
function wasMoved(person: Person, since: number, now: number): boolean {
  const { verifiedAt } = person.email ?? {};
  return restorable(person, now).length > 0 && verifiedAt !== undefined && verifiedAt >= since;
}

/** No permit of an administrator outlives a report, and no code that was sent. */
function withoutRights(
  { permit: _key, passwordPermit: _password, codes: _sent, unfinished: _begun, ...person }: Person,
  { address, password }: Pick<ReportFacts, 'address' | 'password'>,
): Person {
  const { email, password: _set, ...rest } = person;
  const { verifiedAt: _proved, ...unproven } = email ?? { address: '' };
  const kept = password ? rest : { ...rest, ...(person.password && { password: person.password }) };
  return { ...kept, ...(email && { email: address ? unproven : email }) };
}
