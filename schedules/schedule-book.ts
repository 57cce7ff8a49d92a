/**
 * The one document that holds the dates of all factors, and how a change alters it. Pure; `schedule-store.ts` reads and
 * writes it.
 */
import { newPendingId } from '../accounts/person-store.ts';
import type { AuditEvent } from '../accounts/person.ts';
import type { FactorId } from '../factors/contract.ts';
import { dateNames, type Schedules } from '../factors/policy/schedule-rules.ts';
import type { Schedule } from '../factors/policy/types.ts';
import { cancelledMails, mailStatesAfter, type MailStates } from './mail-states.ts';
import { newStates, type ChangeFacts, type ScheduleState, type StateNumbers } from './schedule-history.ts';

/** An audit event of the last changes that is not yet in the audit log. */
export interface PendingLine {
  readonly id: string;
  readonly event: AuditEvent;
}

export interface Book {
  /** Counts the changes. */
  readonly revision: number;
  readonly schedules: Schedules;
  readonly pending: readonly PendingLine[];
  /** By factor: the latest of its dates that has come (ms). A change of the factor's dates resets it. */
  readonly reached?: Reached;
  /** States of the last changes that are not yet in the history, the oldest first. */
  readonly unfiled?: readonly ScheduleState[];
  readonly numbers?: StateNumbers;
  /** When mails about the dates may be sent. */
  readonly mails?: MailStates;
}

export type Reached = Readonly<Record<string, number>>;

/** The book with other schedules, and a pending audit event for each that differs. */
export function changed(book: Book, schedules: Schedules, by: string, now: number, besides: ChangeFacts = {}): Book {
  const { states, numbers } = newStates(book.numbers ?? {}, book.schedules, schedules, { at: now, by, ...besides });
  const factors = [...new Set([...Object.keys(book.schedules), ...Object.keys(schedules)])];
  const lines = factors.flatMap((factor): PendingLine[] => {
    const before: Schedule | undefined = book.schedules[factor];
    const after: Schedule | undefined = schedules[factor];
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    const facts = {
      ...besides,
      ...(after && { state: numbers[factor] }),
      before: before ?? null,
      after: after ?? null,
    };
    return [{ id: newPendingId(), event: { at: now, actor: by, action: 'schedule.changed', factor, facts } }];
  });
  const moved = new Set(lines.map(({ event }) => event.factor));
  const reached = Object.fromEntries(Object.entries(book.reached ?? {}).filter(([factor]) => !moved.has(factor)));
  const dates = { before: book.schedules, after: schedules };
  const unfiled = [...(book.unfiled ?? []), ...states];
  return {
    revision: book.revision + 1,
    schedules,
    pending: [...book.pending, ...lines],
    reached,
    numbers,
    mails: mailStatesAfter(book.mails ?? {}, dates, now, besides.sendNow === true),
    ...(unfiled.length > 0 && { unfiled }),
  };
}

/** @param event the facts of the audit event */
export function withMailsCancelled(book: Book, event: AuditEvent & { readonly factor: FactorId }): Book | undefined {
  const mails = cancelledMails(book.mails ?? {}, event.factor, { at: event.at, by: event.actor });
  const pending = [...book.pending, { id: newPendingId(), event }];
  return mails && { ...book, revision: book.revision + 1, mails, pending };
}

const datesOf = ({ rules }: Schedule): readonly number[] =>
  rules.flatMap((rule) => dateNames.flatMap((name) => rule[name] ?? []));

/** The book with the dates that have come; `undefined`: it has them already. */
export function reachedAt(book: Book, now: number): Book | undefined {
  const before = book.reached ?? {};
  const come = Object.values(book.schedules).flatMap((schedule) => {
    const latest = Math.max(...datesOf(schedule).filter((at) => at <= now));
    return latest > (before[schedule.factor] ?? -Infinity) ? [[schedule.factor, latest] as const] : [];
  });
  if (come.length === 0) return undefined;
  return { ...book, revision: book.revision + 1, reached: { ...before, ...Object.fromEntries(come) } };
}

/** The first instant (ms) at which another date comes. */
export const nextOf = ({ schedules, reached = {} }: Book): number =>
  Math.min(
    ...Object.values(schedules).flatMap((schedule) =>
      datesOf(schedule).filter((at) => at > (reached[schedule.factor] ?? -Infinity)),
    ),
  );

export const withReached = (schedules: Schedules, reached: Reached): Schedules =>
  deepFreeze(
    Object.fromEntries(
      Object.entries(schedules).map(([factor, schedule]) => {
        const at = reached[factor];
        return [factor, at === undefined ? schedule : { ...schedule, reached: at }];
      }),
    ),
  );

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
