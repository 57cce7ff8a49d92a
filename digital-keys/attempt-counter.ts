/** Counts tries on the account before anything is judged: of a key, an enrolment or a mailbox. */
import { auditLine, notice } from '../accounts/notices.ts';
import { addPending, type People } from '../accounts/person-store.ts';
import type { Attempts, AuditEvent, Key, Person } from '../accounts/person.ts';
import type { FactorId } from '../factors/contract.ts';
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
import { HashQueueFull } from '../passwords/hash-queue.ts';
import { isNoFailure, type Judged, type Reason } from '../factors/reasons.ts';
import { StateUnreadable } from './seal-state.ts';

/** The purpose that counts failures of enrolling a key of this factor. */
export const purposeOf = (factor: FactorId): string => `enrol:${factor}`;

/** Counts a try that belongs to no key (enrolment, proof of a mailbox), before it is judged. */
export async function countOther(
  people: People,
  personId: string,
  purpose: string,
  now: number,
  limits: AttemptLimits,
): Promise<Judged<Person>> {
  const counted = await people.update<WhyNot | undefined>(personId, (current) => {
    if (current.disabled) return { result: undefined };
    const attempts = current.otherAttempts[purpose] ?? noAttempts;
    const may = mayTry(attempts, now, limits);
    if (may.kind !== 'yes') return { result: whyNot(may) };
    return { account: withOther(current, purpose, raisedByDay(attempts, now)), result: undefined };
  });
  if (counted?.account) return { ok: true, value: counted.account };
  return { ok: false, ...(counted?.result ?? { reason: 'account_disabled' }) };
}

/** Removes the counted try of an answer that was no failure. Earlier failures stay. */
export async function uncountOther(people: People, personId: string, purpose: string): Promise<void> {
  await people.change(personId, (current) => {
    const attempts = current.otherAttempts[purpose];
    if (!attempts || attempts.count === 0) return undefined;
    return withOther(current, purpose, uncounted(attempts));
  });
}

/** The account with this counter for a purpose; without it if the counter is zero. */
export function withOther(person: Person, purpose: string, attempts: Attempts): Person {
  const { [purpose]: _before, ...others } = person.otherAttempts;
  return { ...person, otherAttempts: isNothingCounted(attempts) ? others : { ...others, [purpose]: attempts } };
}

/** The account after a success for a purpose: it keeps the failures by day, and no valid code. */
export function otherSettled(person: Person, purpose: string): Person {
  const { [purpose]: _answered, ...codes } = person.codes ?? {};
  const settled = withOther(person, purpose, settledBySuccess(person.otherAttempts[purpose] ?? noAttempts));
  return person.codes === undefined ? settled : { ...settled, codes };
}

/** Why a try is not permitted now; `until` is an instant (ms). */
export interface WhyNot {
  readonly reason: Reason;
  readonly until?: number;
}

export const whyNot = (may: Exclude<MayTry, { readonly kind: 'yes' }>): WhyNot =>
  may.kind === 'paused' ? { reason: 'attempts_paused', until: may.until } : { reason: 'key_blocked' };

/**
 * Counts one more try on this key. At the limits for consecutive failures the key is paused or blocked, and the person
 * is told. The limit of thirty days blocks it too.
 */
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

/**
 * Judges an answer whose try is counted. If too many hashes wait, nothing was compared; and if the next state of
 * the key cannot be kept, the fault is the factor's: the try is removed, and the fault is thrown on. It is removed too
 * if nothing was guessed (`isNoFailure`).
 */
export async function judgeCounted<T extends { readonly ok: true } | { readonly ok: false; readonly reason: Reason }>(
  { people, personId, before, counted }: Tried,
  answer: () => Promise<T>,
): Promise<T> {
  const uncount = async () => {
    if (before) await people.change(personId, (current) => withoutTry(current, before, counted));
  };
  try {
    const judged = await answer();
    if (!judged.ok && isNoFailure(judged.reason)) await uncount();
    return judged;
  } catch (error) {
    if (error instanceof HashQueueFull || error instanceof StateUnreadable) await uncount();
    throw error;
  }
}

interface Tried {
  readonly people: People;
  readonly personId: string;
  /** The key without this try, and with it. */
  readonly before: Key | undefined;
  readonly counted: Key;
}

/** The key is as before, unless another try came meanwhile. */
function withoutTry(person: Person, before: Key, counted: Key): Person | undefined {
  const held = person.keys.find(({ id }) => id === before.id);
  if (!held || held.status === 'off') return undefined;
  const isLast = held.attempts.count === counted.attempts.count && held.attempts.lastAt === counted.attempts.lastAt;
  const attempts = isLast ? before.attempts : uncounted(held.attempts);
  const status = isLast && held.status === counted.status ? before.status : held.status;
  return { ...person, keys: person.keys.map((key) => (key === held ? { ...key, attempts, status } : key)) };
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

/** ms between two warnings that a copy of one key may exist. */
const copyToldEvery = 86_400_000;

/** What is reported to the operator after a wrong answer. */
export interface Alarm {
  readonly level: 'warn' | 'error';
  readonly facts: Readonly<Record<string, string | number>>;
}

/**
 * Reports a wrong answer to the person and the operator, in one write: at half of the permitted failures of thirty days
 * and at all of them; and, once a day for each key, that a copy of it may exist. It runs after the answer was judged,
 * since a right answer removes its own try. If there is nothing to report, nothing is read or written.
 * @param key with this try counted
 */
export async function tellOfWrongAnswer(
  people: People,
  personId: string,
  key: Key,
  reason: Reason,
  now: number,
  limits: AttemptLimits,
): Promise<readonly Alarm[]> {
  const wrong = inThirtyDays(key.attempts, now);
  const all = slowLimit(limits);
  const guessed = wrong === all || wrong === Math.ceil(all / 2);
  const isUntold = ({ copyToldAt = -Infinity }: Key): boolean => now - copyToldAt >= copyToldEvery;
  const copied = reason === 'device_copied' && isUntold(key);
  if (!guessed && !copied) return [];
  const updated = await people.update(personId, (current) => {
    const counted = { failuresIn30Days: wrong };
    const action = wrong === all ? 'key.blocked' : 'key.guessed';
    const next = guessed ? told(current, key, action, now, counted) : current;
    const found = current.keys.find(({ id }) => id === key.id);
    if (copied && found && isUntold(found)) return { account: toldOfCopy(next, found, now), result: true };
    return { account: guessed ? next : undefined, result: false };
  });
  const { id, factor } = key;
  return [
    ...(guessed
      ? [{ level: 'warn', facts: { event: 'key.guessed', factor, key: id, failuresIn30Days: wrong } } as const]
      : []),
    ...(updated?.result
      ? [{ level: 'error', facts: { event: 'key.copied', factor, key: id, person: personId } } as const]
      : []),
  ];
}

function toldOfCopy(person: Person, { id, factor, label }: Key, now: number): Person {
  const keys = person.keys.map((key) => (key.id === id ? { ...key, copyToldAt: now } : key));
  const event = { at: now, actor: 'system', action: 'key.copied', person: person.id, factor, key: id };
  const data = { factor, ...(label === undefined ? {} : { label }) };
  return addPending({ ...person, keys }, auditLine(event), ...notice(person, 'key_copied', data, now));
}
