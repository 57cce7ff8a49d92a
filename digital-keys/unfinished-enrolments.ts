/**
 * An enrolment that was begun and not finished, kept on the account for two days, so that what the person saved or
 * scanned then still becomes a key after a new proof. Pure. `enrol-key.ts` keeps and opens it; the state is sealed.
 */
import type { Person, UnfinishedEnrolment } from '../accounts/person.ts';
import type { FactorId } from '../factors/contract.ts';

/** ms */
export const finishWithin = 48 * 3_600_000;

/**
 * The one of this factor that was begun in an earlier sign-in and still counts. A change that ends all sessions of the
 * person ends it too.
 */
export function unfinishedOf(
  person: Person,
  factor: FactorId,
  { signIn, now }: { readonly signIn: string; readonly now: number },
): UnfinishedEnrolment | undefined {
  const { [factor]: kept } = person.unfinished ?? {};
  return kept && kept.signIn !== signIn && counts(person, kept, now) ? kept : undefined;
}

const counts = ({ sessionsEnded = 0 }: Person, kept: UnfinishedEnrolment, now: number): boolean =>
  kept.sessionsEnded === sessionsEnded && kept.at <= now && now < kept.at + finishWithin;

/** In the place of an earlier one of this factor. */
export function withUnfinished(
  person: Person,
  factor: FactorId,
  begun: Pick<UnfinishedEnrolment, 'sealed' | 'at' | 'signIn'>,
): Person {
  const kept = { ...begun, sessionsEnded: person.sessionsEnded ?? 0 };
  return { ...person, unfinished: { ...person.unfinished, [factor]: kept } };
}

/** Without those that count no more. A sign-in that is finished calls it, in a write that it makes anyway. */
export function withoutLapsed(person: Person, now: number): Person {
  const lapsed = Object.entries(person.unfinished ?? {}).filter(([, kept]) => !counts(person, kept, now));
  return lapsed.reduce((left, [factor]) => withoutUnfinished(left, factor), person);
}

/** It has become a key, or is to count no more. */
export function withoutUnfinished(person: Person, factor: FactorId): Person {
  const { unfinished: { [factor]: over, ...others } = {}, ...rest } = person;
  if (over === undefined) return person;
  return Object.keys(others).length === 0 ? rest : { ...rest, unfinished: others };
}
