/**
 * A permit by an administrator: within some hours the person may activate one key without a proof as strong as the
 * strongest key. Pure; the command line gives it, a sign-in reads it, the write that binds a key uses it up.
 */
import { auditLine, notice } from '../accounts/notices.ts';
import { addPending } from '../accounts/person-store.ts';
import type { Permit, Person } from '../accounts/person.ts';

/** Whether the person has a permit at this instant (ms). */
export const hasPermit = ({ permit }: Pick<Person, 'permit'>, now: number): boolean =>
  permit !== undefined && permit.at <= now && now < permit.until;

/** The account with this permit, which replaces an earlier one; audited, and reported by mail. */
export function withPermit(person: Person, permit: Permit, reason: string): Person {
  const { id, at, until, by } = permit;
  return addPending(
    { ...person, permit },
    auditLine({
      at,
      actor: by,
      action: 'permit.given',
      person: person.id,
      facts: { permit: id, until, reason },
    }),
    ...notice(person, 'permit_given', { until }, at),
  );
}

/** The account without its permit; unchanged if there is none. */
export function withoutPermit(person: Person, by: string, at: number): Person {
  const { permit, ...rest } = person;
  if (permit === undefined) return person;
  const facts = { permit: permit.id };
  return addPending(rest, auditLine({ at, actor: by, action: 'permit.withdrawn', person: person.id, facts }));
}

/**
 * The account after a new key has used up the permit: keys that administrators had removed, or whose secrets were
 * deleted by the dates of their factor, no longer raise the bar: nobody can prove them any more. Unchanged if there was
 * no permit.
 */
export function permitUsed(person: Person, key: string, now: number): Person {
  const { permit, ...rest } = person;
  if (permit === undefined || !hasPermit(person, now)) return person;
  const keys = rest.keys.map((one) =>
    one.status === 'off' && (one.offBecause === 'removed' || one.offBecause === 'purged')
      ? { ...one, settled: true as const }
      : one,
  );
  const facts = { permit: permit.id };
  const line = auditLine({ at: now, actor: person.id, action: 'permit.used', person: person.id, key, facts });
  return addPending({ ...rest, keys }, line);
}
