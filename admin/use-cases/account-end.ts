/**
 * Ends sessions and tokens of an account, the account itself, or its trusted browsers. Each is one write of the
 * account, with its audit event: every node applies it from its next request on; a server ends the sessions and tells
 * the relying parties.
 */
import type { Services } from '../services.ts';
import { auditLine } from '../../accounts/notices.ts';
import { addPending } from '../../accounts/person-store.ts';
import type { Person } from '../../accounts/person.ts';
import { withoutTrustedBrowsers } from '../../accounts/trusted-browsers.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import { shutsOutBy } from './accounts-look.ts';
import { shuttingOut } from './brake.ts';
import { findPerson } from './person-show.ts';

export interface AccountRequest {
  /** User name or id. */
  readonly person: string;
  readonly by: string;
  /** The reason, as the administrator writes it: stored in the audit log. */
  readonly reason?: string;
}

export interface AccountEnded {
  readonly person: string;
  readonly username: string;
  /** `false`: it was so already, and nothing was written. */
  readonly changed: boolean;
}

type Parts = Pick<Services, 'people' | 'clock'>;
type LookParts = Pick<Services, 'people' | 'clock' | 'settings' | 'registry' | 'schedules'>;
type Made = { readonly person: Person; readonly facts?: Readonly<Record<string, unknown>> } | undefined;

const longestReason = 500;

/** Ends all sessions, refresh and access tokens and grants of a person, and every sign-in that is under way. */
export const endSessions = (services: Parts, request: AccountRequest): Promise<Outcome<AccountEnded>> =>
  write(services, request, 'sessions.ended', (person) => ({
    person: { ...person, sessionsEnded: (person.sessionsEnded ?? 0) + 1 },
  }));

/**
 * Disables the account: it can no longer sign in, and its sessions, tokens, sign-ins and trusted browsers end. Refused
 * for the last administrator with a way in.
 */
export async function disablePerson(services: LookParts, request: AccountRequest): Promise<Outcome<AccountEnded>> {
  const found = await findPerson(services, request.person);
  if (!found.ok) return found;
  const before = found.value;
  const refusals = shuttingOut([await shutsOutBy(services, [{ before, after: { ...before, disabled: true } }])]);
  if (refusals.length > 0) return { ok: false, refusals };
  return write(services, request, 'person.disabled', (person) =>
    person.disabled
      ? undefined
      : { person: { ...person, disabled: true, sessionsEnded: (person.sessionsEnded ?? 0) + 1 } },
  );
}

/** The account can sign in again, with the keys that it has. What was ended stays ended. */
export const enablePerson = (services: Parts, request: AccountRequest): Promise<Outcome<AccountEnded>> =>
  write(services, request, 'person.enabled', (person) =>
    person.disabled ? { person: { ...person, disabled: false } } : undefined,
  );

/**
 * No browser is trusted any more: the second step is asked in every browser, and sessions that depend on a trusted
 * browser end.
 */
export const revokeBrowsers = (services: Parts, request: AccountRequest): Promise<Outcome<AccountEnded>> =>
  write(services, request, 'browsers.revoked', (person, now) => {
    const browsers = person.trustedBrowsers?.length ?? 0;
    return browsers === 0
      ? undefined
      : { person: withoutTrustedBrowsers(person, 'administrator', now), facts: { browsers } };
  });

async function write(
  { people, clock }: Parts,
  { person: who, by, reason }: AccountRequest,
  action: string,
  make: (person: Person, now: number) => Made,
): Promise<Outcome<AccountEnded>> {
  const found = await findPerson({ people }, who);
  if (!found.ok) return found;
  if (reason !== undefined && (reason.trim() === '' || Array.from(reason).length > longestReason))
    return refuse('reason_invalid', `A reason has 1 to ${longestReason} characters.`);
  const { id, username } = found.value;
  const now = clock.now();
  const written = await people.change(id, (person) => {
    const made = make(person, now);
    if (!made) return undefined;
    const facts = { ...made.facts, ...(reason === undefined ? {} : { reason: reason.trim() }) };
    return addPending(made.person, auditLine({ at: now, actor: by, action, person: id, facts }));
  });
  return done({ person: id, username, changed: written !== undefined });
}
