/**
 * Where the configuration says another date than the store, which counts: a later change of the file changes nothing,
 * and somebody may wait for it in vain.
 */
import type { Settings } from '../config/schema.ts';
import { dayOf, lastDayBefore } from '../time/calendar.ts';
import { sameScope, scopeName } from '../factors/policy/schedule-rules.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import type { FactorDates, Scope } from '../factors/policy/types.ts';
import { datesOf, type ScheduleDays } from '../schedules/parse-days.ts';

export interface ScheduleDifference {
  readonly factor: string;
  /** As the configuration calls it. */
  readonly date: keyof typeof names;
  /** For whom: `all`, `client:<id>`, `group:<name>`. */
  readonly for: string;
  readonly configured: string;
  /** Day in the zone of the stored schedule, or `none`. */
  readonly stored: string;
}

const names = {
  announce: 'announceAt',
  closeEnrolment: 'closeAt',
  untilAndIncluding: 'sunsetAt',
  purge: 'purgeAt',
} as const satisfies Readonly<Record<keyof ScheduleDays, keyof FactorDates>>;

/** @param stored as they stand, without what the configuration is about to add */
export function scheduleDifferences(factors: Settings['factors'], stored: Schedules): readonly ScheduleDifference[] {
  return Object.entries(factors).flatMap(([factor, { schedule }]) => {
    const kept = Object.hasOwn(stored, factor) ? stored[factor] : undefined;
    if (!schedule || !kept) return [];
    const { rules, zone } = schedule;
    const scoped = rules.map(({ client, group, ...days }): readonly [Scope, ScheduleDays] => [
      client === undefined ? { kind: 'group', id: group ?? '' } : { kind: 'client', id: client },
      days,
    ]);
    const all: readonly [Scope, ScheduleDays] = [{ kind: 'all' }, schedule];
    return [all, ...scoped].flatMap(([scope, days]) => {
      const present = kept.rules.find((rule) => sameScope(rule.scope, scope));
      return daysOf(days).flatMap(([date, configured]): readonly ScheduleDifference[] => {
        const meant = datesOf({ [date]: configured }, zone, 0)[names[date]];
        const instant = present?.[names[date]];
        if (meant === instant) return [];
        return [{ factor, date, for: scopeName(scope), configured, stored: dayWritten(date, instant, kept.zone) }];
      });
    });
  });
}

/** Leaves out days counted from the first start (`in 10 days`): they change every day, so they are no difference. */
const daysOf = (days: ScheduleDays): readonly (readonly [keyof typeof names, string])[] =>
  (Object.keys(names) as (keyof typeof names)[]).flatMap((name) => {
    const written = days[name];
    return written === undefined || !/^\d{4}-/.test(written) ? [] : [[name, written] as const];
  });

function dayWritten(date: keyof typeof names, instant: number | undefined, zone: string): string {
  if (instant === undefined) return 'none';
  return date === 'untilAndIncluding' ? lastDayBefore(instant, zone) : dayOf(instant, zone);
}

/** In one sentence, without the final full stop. */
export const describeDifference = ({ configured, stored }: ScheduleDifference): string =>
  `says ${configured}, and the store ${stored}, which counts: change it with \`rekey factor schedule\``;
