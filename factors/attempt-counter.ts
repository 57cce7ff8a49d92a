/** Tries are counted on the person before anything is judged, whatever is tried: a key, an enrolment, a mailbox. */
import { auditLine, notice } from '../accounts/notices.ts';
import { addPending, type People } from '../accounts/person-store.ts';
import type { AuditEvent, Key, Person } from '../accounts/person.ts';
import type { FactorId } from './contract.ts';
import { mayTry, noAttempts, raised, type AttemptLimits } from '../passwords/attempt-limits.ts';
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
    return {
      ...current,
      otherAttempts: { ...current.otherAttempts, [purpose]: raised(current.otherAttempts[purpose] ?? noAttempts, now) },
    };
  });
  return person ? { ok: true, value: person } : { ok: false, ...because };
}

/** Takes back the try that was counted for an answer that was no failure. The failures before it stay. */
export async function uncountOther(people: People, personId: string, purpose: string): Promise<void> {
  await people.change(personId, (current) => {
    const attempts = current.otherAttempts[purpose];
    if (!attempts || attempts.count === 0) return undefined;
    const { [purpose]: _one, ...others } = current.otherAttempts;
    const otherAttempts =
      attempts.count === 1 ? others : { ...others, [purpose]: { ...attempts, count: attempts.count - 1 } };
    return { ...current, otherAttempts };
  });
}

/** One more try on this key; the ones that reach a limit pause or block it, and the person is told. */
export function withTry(person: Person, key: Key, now: number, limits: AttemptLimits): Person {
  const attempts = raised(key.attempts, now);
  const blocks = attempts.count >= limits.blockAfter;
  const counted: Person = {
    ...person,
    keys: person.keys.map((other) =>
      other.id === key.id ? { ...other, attempts, status: blocks ? 'blocked' : other.status } : other,
    ),
  };
  const pauses = attempts.count === limits.pauseAfter;
  if (!blocks && !pauses) return counted;
  const action = blocks ? 'key.blocked' : 'key.paused';
  const event: AuditEvent = { at: now, actor: 'system', action, person: person.id, factor: key.factor, key: key.id };
  const template = blocks ? 'key_blocked' : 'key_attempts';
  return addPending(counted, auditLine(event), ...notice(person, template, { factor: key.factor }, now));
}
