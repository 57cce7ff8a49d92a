/** Converts the dates of a factor from local days, as people write them, to the instants that the policy compares. */
import { addDays, dayOf, endOfDay, isDay, startOfDay } from '../time/calendar.ts';
import { defined } from '../accounts/defined.ts';
import type { FactorDates } from '../factors/policy/types.ts';

/** Days are `YYYY-MM-DD`, or `in N days` counted from today. */
export interface ScheduleDays {
  /** First day on which people are told. */
  readonly announce?: string | undefined;
  /** First day without new enrolment. */
  readonly closeEnrolment?: string | undefined;
  /** Last day on which it signs in. */
  readonly untilAndIncluding?: string | undefined;
  /** First day on which the secrets of these keys are deleted. */
  readonly purge?: string | undefined;
}

const relative = /^in (\d{1,4}) days?$/;

/** The day, seen from `now` (ms); `undefined` if it is not a day. */
export function dayMeant(written: string, zone: string, now: number): string | undefined {
  const [, count] = relative.exec(written) ?? [];
  if (count !== undefined) return addDays(dayOf(now, zone), Number(count));
  return isDay(written) ? written : undefined;
}

/**
 * Without a day of announcement people are told from now on, and never later than the first of the other dates. Throws
 * a RangeError for a day or a zone that does not exist: check before.
 */
export function datesOf(days: ScheduleDays, zone: string, now: number): FactorDates {
  const instant = (written: string | undefined, of: typeof startOfDay): number | undefined =>
    written === undefined ? undefined : of(dayMeant(written, zone, now) ?? written, zone);
  const closeAt = instant(days.closeEnrolment, startOfDay);
  const sunsetAt = instant(days.untilAndIncluding, endOfDay);
  const purgeAt = instant(days.purge, startOfDay);
  const others = [closeAt, sunsetAt, purgeAt].filter((date) => date !== undefined);
  const announceAt = instant(days.announce, startOfDay) ?? (others.length > 0 ? Math.min(now, ...others) : undefined);
  return defined({ announceAt, closeAt, sunsetAt, purgeAt });
}
