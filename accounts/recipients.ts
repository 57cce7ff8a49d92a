/**
 * A recipient: all of an account that mails about dates depend on, and nothing that tells people apart. An index of the
 * accounts that may be written to, so that the mails to a million people are counted by their few hundred kinds.
 * `person-store.ts` keeps the index; `schedules/planned-mails.ts` judges a recipient and an account alike.
 */
import { defined } from './defined.ts';
import type { FactorId } from '../factors/contract.ts';
import type { PersonalDates } from '../factors/policy/types.ts';
import type { MailHold, Person, ToldDay } from './person.ts';

export interface Recipient extends Pick<Person, 'language' | 'groups' | 'dates'> {
  /** Factors of the account's working keys. */
  readonly factors: readonly FactorId[];
  readonly reminded?: Readonly<Record<string, ToldDay>>;
  readonly mailHold?: Readonly<Record<FactorId, MailHold>>;
}

/** `undefined`: the account is not written to, since it is disabled, has no proven mailbox, or no key that works. */
export function recipientOf(person: Person): Recipient | undefined {
  if (person.disabled || person.email?.verifiedAt === undefined) return undefined;
  const active = person.keys.filter(({ status }) => status === 'active').map(({ factor }) => factor);
  if (active.length === 0) return undefined;
  const { language, groups, dates, reminded, mailHold } = person;
  return {
    language,
    groups,
    factors: [...new Set(active)],
    ...(dates && { dates }),
    ...(reminded && { reminded }),
    ...(mailHold && { mailHold }),
  };
}

type Entry<T> = readonly (readonly [name: string, value: T])[];
interface Shape {
  readonly language: Person['language'];
  readonly groups: readonly string[];
  readonly factors: readonly FactorId[];
  readonly dates: Entry<PersonalDates>;
  readonly reminded: Entry<ToldDay>;
  readonly mailHold: Entry<MailHold>;
}

/** Two accounts of one key get the same mails at the same time. */
export function recipientKey(person: Person): string | undefined {
  const recipient = recipientOf(person);
  if (!recipient) return undefined;
  const { language, groups, factors, dates, reminded, mailHold } = recipient;
  const shape: Shape = {
    language,
    groups: [...new Set(groups)].toSorted(),
    factors: factors.toSorted(),
    dates: entries(dates, ({ extendedTo, announceAt, sunsetAt }) => defined({ extendedTo, announceAt, sunsetAt })),
    reminded: entries(reminded, ({ sunsetAt, days }) => ({ ...defined({ sunsetAt }), days })),
    mailHold: entries(mailHold, ({ changedAt, from }) => ({ changedAt, from })),
  };
  return JSON.stringify(shape);
}

/** In one order, whatever the order in which they were written. */
const entries = <T, R>(by: Readonly<Record<string, T>> = {}, clean: (value: T) => R) =>
  Object.entries(by)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, clean(value)] as const);

export function recipientOfKey(key: string): Recipient {
  const { language, groups, factors, dates, reminded, mailHold } = JSON.parse(key) as Shape;
  return {
    language,
    groups,
    factors,
    ...(dates.length > 0 && { dates: Object.fromEntries(dates) }),
    ...(reminded.length > 0 && { reminded: Object.fromEntries(reminded) }),
    ...(mailHold.length > 0 && { mailHold: Object.fromEntries(mailHold) }),
  };
}
