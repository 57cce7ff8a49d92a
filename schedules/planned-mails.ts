/**
 * Which mails about last days one person gets, and when: an announcement after a change, reminders before the day, a
 * correction if an earlier mail is no longer true. Pure; the sending job (`reminders.ts`), the list of due mails and
 * the preview of a change call this one function.
 */
import type { Recipient } from '../accounts/recipients.ts';
import type { MailHold, ToldDay } from '../accounts/person.ts';
import type { FactorId } from '../factors/contract.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import { daysUntil, lastDayBefore, addDays, startOfDay } from '../time/calendar.ts';
import type { MailState, MailStates } from './mail-states.ts';
import { afterQuietHours, type QuietHours } from './quiet-hours.ts';
import { toldLines, type ToldLine } from './told-lines.ts';

export const mailReasons = ['announcement', 'reminder', 'later', 'lifted'] as const;
/** `later` and `lifted` correct a day that the person was told. */
export type MailReason = (typeof mailReasons)[number];

export interface PlannedMail extends Pick<ToldLine, 'name' | 'factor' | 'client' | 'zone' | 'sunsetAt'> {
  readonly why: MailReason;
  /** Of a reminder: days before the last day. */
  readonly daysBefore?: number;
  /** First instant (ms) from `now` on at which it may be sent; `now`: it is due. */
  readonly at: number;
  /** What the person knows once it was sent. */
  readonly tells: ToldDay;
}

export interface MailRules {
  /** In any order. */
  readonly daysBefore: readonly number[];
  /** In the zone of the deployment; if it has none, of the dates. */
  readonly quiet: QuietHours;
  readonly zone?: string | undefined;
  /** Factors that can sign people in. */
  readonly isOffered: (factor: FactorId) => boolean;
}

export interface DatesAndStates {
  readonly schedules: Schedules;
  readonly states: MailStates;
}

/** In order of time for each last day; the first of each may be due. */
export function plannedMails(
  recipient: Recipient,
  { schedules, states }: DatesAndStates,
  rules: MailRules,
  now: number,
): readonly PlannedMail[] {
  return recipient.factors.filter(rules.isOffered).flatMap((factor) => {
    const schedule = Object.hasOwn(schedules, factor) ? schedules[factor] : undefined;
    if (!schedule) return [];
    const own = recipient.mailHold?.[factor];
    const state = own ? withOwn(states[factor], own) : states[factor];
    const over = Math.max(now, schedule.reached ?? now);
    return toldLines(schedule, recipient).flatMap((line) =>
      ofLine(line, {
        told: recipient.reminded?.[line.name],
        state,
        rules,
        now,
        over,
        own: ownCause(own, recipient, line),
      }),
    );
  });
}

/** A change of the person's own dates counts, for this person, like a change of everybody's. */
const withOwn = (state: MailState | undefined, { changedAt, from }: MailHold): MailState => ({
  ...state,
  changedAt: Math.max(changedAt, state?.changedAt ?? changedAt),
  from: Math.max(from, state?.from ?? from),
});

/** A day for this person alone is announced at once, and not only by the next reminder. */
const ownCause = (
  hold: MailHold | undefined,
  { dates }: Recipient,
  { client, factor }: ToldLine,
): number | undefined => (client === undefined && dates?.[factor] !== undefined ? hold?.changedAt : undefined);

interface Facts {
  readonly told: ToldDay | undefined;
  readonly state: MailState | undefined;
  readonly rules: MailRules;
  /** When the person's own dates were changed (ms), if there are any that must be announced at once. */
  readonly own: number | undefined;
  readonly now: number;
  /** `now`, or later if a clock was set back: dates before it are over. */
  readonly over: number;
}

/** A reason for a mail, before holds and quiet hours. */
interface Cause {
  readonly why: MailReason;
  /** ms */
  readonly instant: number;
  /** Days before the last day; absent: at once. */
  readonly days?: number;
}

function ofLine(line: ToldLine, facts: Facts): readonly PlannedMail[] {
  const { state, now } = facts;
  const causes = causesOf(line, facts).filter(
    ({ instant }) => state?.cancelled === undefined || instant > state.cancelled.at,
  );
  const open = (instant: number) =>
    afterQuietHours(facts.rules.quiet, Math.max(instant, now, state?.from ?? now), facts.rules.zone ?? line.zone);
  const mails: PlannedMail[] = [];
  let correction: MailReason | undefined;
  for (const [index, cause] of causes.entries()) {
    const at = open(cause.instant);
    const next = causes[index + 1];
    // Two mails that would be sent at the same time become one: it names the nearer day, and keeps the correction.
    if (cause.days === undefined) correction = cause.why;
    if (next && open(next.instant) <= at) continue;
    const why = correction ?? cause.why;
    correction = undefined;
    if (why !== 'lifted' && line.sunsetAt !== undefined && at >= line.sunsetAt) continue;
    mails.push(mailOf(line, { ...cause, why }, at));
  }
  return mails;
}

function mailOf({ name, factor, client, zone, sunsetAt }: ToldLine, { why, days }: Cause, at: number): PlannedMail {
  const place = { name, factor, zone, why, at, ...(client === undefined ? {} : { client }) };
  if (why === 'lifted' || sunsetAt === undefined) return { ...place, tells: { days: 0 } };
  const left = daysUntil(sunsetAt, at, zone) - 1;
  return {
    ...place,
    sunsetAt,
    ...(why === 'reminder' && days !== undefined ? { daysBefore: days } : {}),
    tells: { sunsetAt, days: days ?? left },
  };
}

function causesOf(line: ToldLine, { told, state, rules, own, now, over }: Facts): readonly Cause[] {
  const { sunsetAt, announceAt, zone, covered } = line;
  const was = told?.sunsetAt;
  const changedAt = state?.changedAt ?? -Infinity;
  if (covered || (sunsetAt !== undefined && over >= sunsetAt)) return [];
  if (sunsetAt === undefined) return was === undefined ? [] : [{ why: 'lifted', instant: changedAt }];
  if (announceAt === undefined) return [];
  const atOnce = was === undefined ? own : was === sunsetAt ? undefined : changedAt;
  const isUnannounced = now < announceAt && was !== undefined && was !== sunsetAt;
  const after = isUnannounced ? undefined : told;
  const first = isUnannounced
    ? [{ why: 'lifted' as const, instant: changedAt }]
    : atOnce === undefined
      ? []
      : [
          {
            why: (was ?? sunsetAt) < sunsetAt ? ('later' as const) : ('announcement' as const),
            instant: Math.max(atOnce, announceAt),
          },
        ];
  const daysLeft = after?.sunsetAt === sunsetAt ? after.days : Number.POSITIVE_INFINITY;
  const reminders = rules.daysBefore
    .filter((days) => days < daysLeft)
    .toSorted((a, b) => b - a)
    .map((days): Cause => {
      const dayBegins = startOfDay(addDays(lastDayBefore(sunsetAt, zone), -days), zone);
      const why = after?.sunsetAt !== sunsetAt && dayBegins <= changedAt ? 'announcement' : 'reminder';
      return { why, instant: Math.max(dayBegins, announceAt), days };
    });
  return [...first, ...reminders].toSorted((a, b) => a.instant - b.instant);
}
