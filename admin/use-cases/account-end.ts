/**
 * Ends sessions and tokens of an account, the account itself, or its trusted browsers. Each is one write of the
 * account, with its audit event: every node applies it from its next request on; a server ends the sessions and tells
 * the relying parties.
 */
import { auditLine } from '../../accounts/notices.ts';
import { addPending } from '../../accounts/person-store.ts';
import type { Person } from '../../accounts/person.ts';
import { withoutTrustedBrowsers } from '../../accounts/trusted-browsers.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import { changeAccount, type WriteParts } from './account-write.ts';
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

type Made = { readonly person: Person; readonly facts?: Readonly<Record<string, unknown>> } | undefined;

const longestReason = 500;

/** Ends all sessions, refresh and access tokens and grants of a person, and every sign-in that is under way. */
export const endSessions = (services: WriteParts, request: AccountRequest): Promise<Outcome<AccountEnded>> =>
  write(services, request, 'sessions.ended', (person) => ({
    person: { ...person, sessionsEnded: (person.sessionsEnded ?? 0) + 1 },
  }));

/**
 * Disables the account: it can no longer sign in, and its sessions, tokens, sign-ins and trusted browsers end. Refused
 * for the last administrator with a way in.
 */
export const disablePerson = (services: WriteParts, request: AccountRequest): Promise<Outcome<AccountEnded>> =>
  write(services, request, 'person.disabled', (person) =>
    person.disabled
      ? undefined
      : { person: { ...person, disabled: true, sessionsEnded: (person.sessionsEnded ?? 0) + 1 } },
  );

/** The account can sign in again, with the keys that it has. What was ended stays ended. */
export const enablePerson = (services: WriteParts, request: AccountRequest): Promise<Outcome<AccountEnded>> =>
  write(services, request, 'person.enabled', (person) =>
    person.disabled ? { person: { ...person, disabled: false } } : undefined,
  );

/**
 * No browser is trusted any more: the second step is asked in every browser, and sessions that depend on a trusted
 * browser end.
 */
export const revokeBrowsers = (services: WriteParts, request: AccountRequest): Promise<Outcome<AccountEnded>> =>
  write(services, request, 'browsers.revoked', (person, now) => {
    const browsers = person.trustedBrowsers?.length ?? 0;
    return browsers === 0
      ? undefined
      : { person: withoutTrustedBrowsers(person, 'administrator', now), facts: { browsers } };
  });

async function write(
  services: WriteParts,
  { person: who, by, reason }: AccountRequest,
  action: string,
  make: (person: Person, now: number) => Made,
): Promise<Outcome<AccountEnded>> {
  const found = await findPerson(services, who);
  if (!found.ok) return found;
  if (reason !== undefined && (reason.trim() === '' || Array.from(reason).length > longestReason))
    return refuse('reason_invalid', `A reason has 1 to ${longestReason} characters.`);
  const { id, username } = found.value;
  const now = services.clock.now();
  const written = await changeAccount(services, id, (person) => {
    const made = make(person, now);
    if (!made) return { result: undefined };
    const facts = { ...made.facts, ...(reason === undefined ? {} : { reason: reason.trim() }) };
    const event = auditLine({ at: now, actor: by, action, person: id, facts });
    return { account: addPending(made.person, event), result: undefined };
  });
  return written.ok ? done({ person: id, username, changed: written.value?.account !== undefined }) : written;
}
