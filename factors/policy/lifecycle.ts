/**
 * The status of a factor at an instant, by its dates. Computed at each use, never switched by a job; every date counts
 * from its instant on.
 */
import { decidingDates, type Circumstances } from './deciding-dates.ts';
import type { EffectiveSchedule, FactorDates, FactorStatus, Schedule } from './types.ts';

export type { Circumstances } from './deciding-dates.ts';

export function statusAt(dates: FactorDates, now: number): FactorStatus {
  const reached = (instant: number | undefined) => instant !== undefined && now >= instant;
  if (reached(dates.purgeAt)) return 'purged';
  if (reached(dates.sunsetAt)) return 'sunset';
  if (reached(dates.closeAt)) return 'closed';
  if (reached(dates.announceAt)) return 'announced';
  return 'active';
}

/**
 * The dates of all rules that apply, and the status of the factor at `now`. A date that was seen to have come stays so.
 */
export function effective(schedule: Schedule, circumstances: Circumstances, now: number): EffectiveSchedule {
  const decided = decidingDates(schedule, circumstances);
  const dates = Object.fromEntries(
    Object.entries(decided).map(([name, { instant }]) => [name, instant]),
  ) as FactorDates;
  const by = decided.sunsetAt?.by.kind;
  return {
    ...dates,
    factor: schedule.factor,
    status: statusAt(dates, Math.max(now, schedule.reached ?? now)),
    after: schedule.after,
    replacements: schedule.replacements,
    zone: schedule.zone,
    ...(schedule.postponements === undefined ? {} : { postponements: schedule.postponements }),
    ...(by === 'extension' || by === 'person-extension' ? { extended: true } : {}),
  };
}

export const mayEnrol = (status: FactorStatus): boolean => status === 'active' || status === 'announced';
export const maySignIn = (status: FactorStatus): boolean =>
  status === 'active' || status === 'announced' || status === 'closed';
