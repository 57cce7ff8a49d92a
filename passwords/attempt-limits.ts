/**
 * Limits on guessing, the same for every factor and every path (NIST SP 800-63B-4 §3.2.2). Counted on the account,
 * raised in one conditional write *before* anything is compared. A success resets the consecutive failures of what it
 * used; only time lowers the failures of thirty days.
 */
import type { Attempts } from '../accounts/person.ts';

export interface AttemptLimits {
  /** From this many consecutive failures on, each further try must wait. */
  readonly pauseAfter: number;
  /** At this many the key is blocked and must be bound again. */
  readonly blockAfter: number;
  /**
   * Also at this many in any thirty days, with or without successes in between. Absent: 100, the maximum of NIST SP
   * 800-63B-4 §3.2.2.
   */
  readonly blockAfterIn30Days?: number;
}

export type MayTry =
  { readonly kind: 'yes' } | { readonly kind: 'paused'; readonly until: number } | { readonly kind: 'blocked' };

export const noAttempts: Attempts = { count: 0, lastAt: 0 };

/** By how much (ms) the clocks of several nodes may differ (`cluster/clock-skew.ts`). */
export const clocksApart = 3_000;
const firstPauseMs = 30_000;
const longestPauseMs = 3_600_000;

/** How long (ms) the next try must wait after `count` failures: 30 s, doubling up to one hour. */
export function pauseAfter(count: number, limits: AttemptLimits): number {
  const beyond = count - limits.pauseAfter;
  return beyond < 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(beyond, 20));
}

export function mayTry(attempts: Attempts, now: number, limits: AttemptLimits): MayTry {
  if (isBlocked(attempts, now, limits)) return { kind: 'blocked' };
  // A time in the future was written by a wrong clock; it would pause for as long as that clock is ahead.
  if (attempts.lastAt > now + clocksApart) return { kind: 'yes' };
  const until = attempts.lastAt + pauseAfter(attempts.count, limits);
  return now < until ? { kind: 'paused', until } : { kind: 'yes' };
}

export const isBlocked = (attempts: Attempts, now: number, limits: AttemptLimits): boolean =>
  attempts.count >= limits.blockAfter || inThirtyDays(attempts, now) >= slowLimit(limits);

export const slowLimit = ({ blockAfterIn30Days = 100 }: AttemptLimits): number => blockAfterIn30Days;

/** One more consecutive failure. */
export const raised = (attempts: Attempts, now: number): Attempts => ({
  ...attempts,
  count: attempts.count + 1,
  lastAt: now,
});

const dayMs = 86_400_000;
/** Thirty days touch thirty-one days of the calendar. */
const daysKept = 31;
const dayOf = (now: number): number => Math.floor(now / dayMs);

const lately = ({ days = {} }: Attempts, now: number): readonly (readonly [string, number])[] =>
  Object.entries(days).filter(([day]) => Number(day) > dayOf(now) - daysKept);

/** Failures of the last thirty days, with or without successes in between. */
export const inThirtyDays = (attempts: Attempts, now: number): number =>
  lately(attempts, now).reduce((sum, [, count]) => sum + count, 0);

/** As `raised`, counted by day as well: for keys with few possible answers. */
export function raisedByDay(attempts: Attempts, now: number): Attempts {
  const days = Object.fromEntries(lately(attempts, now));
  const today = String(dayOf(now));
  return { count: attempts.count + 1, lastAt: now, days: { ...days, [today]: (days[today] ?? 0) + 1 } };
}

/** The last try was no failure: it is removed, and earlier failures stay. */
export const uncounted = (attempts: Attempts): Attempts => withoutLast(attempts, Math.max(0, attempts.count - 1));

/** The last try was right: the consecutive count is zero; the failures by day stay, without this try. */
export const settledBySuccess = (attempts: Attempts): Attempts => withoutLast(attempts, 0);

function withoutLast({ days = {}, lastAt }: Attempts, count: number): Attempts {
  const day = String(dayOf(lastAt));
  const { [day]: today = 0, ...others } = days;
  const left = today > 1 ? { ...others, [day]: today - 1 } : others;
  return { count, lastAt: count === 0 ? 0 : lastAt, ...(Object.keys(left).length === 0 ? {} : { days: left }) };
}

/** Whether all counts are zero, so that nothing need be stored. */
export const isNothingCounted = ({ count, days = {} }: Attempts): boolean =>
  count === 0 && Object.keys(days).length === 0;
