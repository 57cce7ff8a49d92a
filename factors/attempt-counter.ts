/** Tries are counted on the person before anything is judged, whatever is tried: a key, an enrolment, a mailbox. */
import { auditLine, notice } from '../accounts/notices.ts';
import { addPending, type People } from '../accounts/person-store.ts';
import type { Attempts, AuditEvent, Key, Person } from '../accounts/person.ts';
import type { FactorId } from './contract.ts';
import {
  inThirtyDays,
  isBlocked,
  isNothingCounted,
  mayTry,
  noAttempts,
  raisedByDay,
  settledBySuccess,
  slowLimit,
  uncounted,
  type AttemptLimits,
  type MayTry,
} from '../passwords/attempt-limits.ts';
import type { Judged, Reason } from './reasons.ts';

/** The purpose under which failures of enrolling a kind of key are counted. */
export const purposeOf = (factor: FactorId): string => `enrol:${factor}`;

/** Counts a try that no key stands for (enrolling, proving a mailbox), before it is judged. */
export async function countOther(
  people: People,
  personId: string,
  purpose: string,
  now: number,
  limits: AttemptLimits,
): Promise<Judged<Person>> {
  let because: { reason: Reason; until?: number } = { reason: 'account_disabled' };
  const person = await people.change(personId, (current) => {
    because = { reason: 'account_disabled' };
    const may = current.disabled ? undefined : mayTry(current.otherAttempts[purpose] ?? noAttempts, now, limits);
    if (may?.kind !== 'yes') {
      if (may?.kind === 'paused') because = { reason: 'attempts_paused', until: may.until };
      if (may?.kind === 'blocked') because = { reason: 'key_blocked' };
      return undefined;
    }
    return withOther(current, purpose, raisedByDay(current.otherAttempts[purpose] ?? noAttempts, now));
  });
  return person ? { ok: true, value: person } : { ok: false, ...because };
}

/** Takes back the try that was counted for an answer that was no failure. The failures before it stay. */
export async function uncountOther(people: People, personId: string, purpose: string): Promise<void> {
  await people.change(personId, (current) => {
    const attempts = current.otherAttempts[purpose];
    if (!attempts || attempts.count === 0) return undefined;
    return withOther(current, purpose, uncounted(attempts));
  });
}

/** The person with this count for a purpose: none where nothing is counted. */
export function withOther(person: Person, purpose: string, attempts: Attempts): Person {
  const { [purpose]: _before, ...others } = person.otherAttempts;
  return { ...person, otherAttempts: isNothingCounted(attempts) ? others : { ...others, [purpose]: attempts } };
}

/** What a success leaves of a purpose: the failures of the last days, and no live code. */
export function otherSettled(person: Person, purpose: string): Person {
  const { [purpose]: _answered, ...codes } = person.codes ?? {};
  const settled = withOther(person, purpose, settledBySuccess(person.otherAttempts[purpose] ?? noAttempts));
  return person.codes === undefined ? settled : { ...settled, codes };
}

/** What is said of a key that may not be tried now. */
export const whyNot = (may: Exclude<MayTry, { readonly kind: 'yes' }>): { reason: Reason; until?: number } =>
  may.kind === 'paused' ? { reason: 'attempts_paused', until: may.until } : { reason: 'key_blocked' };

/** One more try on this key; the ones that reach a limit in a row pause or block it, and the person is told. The limit of thirty days blocks it too. */
export function withTry(person: Person, key: Key, now: number, limits: AttemptLimits): Person {
  const attempts = raisedByDay(key.attempts, now);
  const counted: Person = {
    ...person,
    keys: person.keys.map((other) =>
      other.id === key.id
        ? { ...other, attempts, status: isBlocked(attempts, now, limits) ? 'blocked' : other.status }
        : other,
    ),
  };
  if (attempts.count >= limits.blockAfter) return told(counted, key, 'key.blocked', now);
  return attempts.count === limits.pauseAfter ? told(counted, key, 'key.paused', now) : counted;
}

function told(person: Person, { id, factor }: Key, action: string, now: number, facts?: AuditEvent['facts']): Person {
  const event: AuditEvent = { at: now, actor: 'system', action, person: person.id, factor, key: id };
  const template = action === 'key.blocked' ? 'key_blocked' : 'key_attempts';
  return addPending(
    person,
    auditLine(facts === undefined ? event : { ...event, facts }),
    ...notice(person, template, { factor }, now),
  );
}

/**
 * After a wrong answer: at half of what is borne in thirty days, and at all of it, the person and the operator are told. Not before the answer is judged,
 * since a right one takes its own try back. @returns how many wrong answers there were, where it is worth an alarm
 */
export async function tellOfGuessing(
  people: People,
  personId: string,
  key: Key,
  now: number,
  limits: AttemptLimits,
): Promise<number | undefined> {
  const wrong = inThirtyDays(key.attempts, now);
  const all = slowLimit(limits);
  if (wrong !== all && wrong !== Math.ceil(all / 2)) return undefined;
  const action = wrong === all ? 'key.blocked' : 'key.guessed';
  await people.change(personId, (current) => told(current, key, action, now, { failuresIn30Days: wrong }));
  return wrong;
}
