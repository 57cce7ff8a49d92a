/**
 * An administrator lets a person set a password once, behind a proof of the mailbox: after `password reset`, and for
 * people without a password. Pure; the command line gives it, a sign-in reads it, the write of the password uses it up.
 */
import type { Permit, Person } from './person.ts';

/** Whether the person has such a permit at this instant (ms). */
export const maySetPassword = ({ passwordPermit }: Pick<Person, 'passwordPermit'>, now: number): boolean =>
  passwordPermit !== undefined && passwordPermit.at <= now && now < passwordPermit.until;

/** The account with this permit, and without the password before it: nothing that it opened goes on. */
export function withPasswordPermit({ password: _void, ...person }: Person, passwordPermit: Permit): Person {
  return { ...person, passwordPermit, sessionsEnded: (person.sessionsEnded ?? 0) + 1 };
}
