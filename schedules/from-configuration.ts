/** The first dates of every factor, from the configuration; it does not overwrite what a command sets later. */
import type { FactorId } from '../factors/contract.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import type { AfterSunset, Schedule, ScheduleRule } from '../factors/policy/types.ts';
import { datesOf, type ScheduleDays } from './parse-days.ts';
import { defined } from '../accounts/defined.ts';

/** `factors.<id>.schedule` of the configuration: local days. */
export interface ConfiguredSchedule extends ScheduleDays {
  readonly zone: string;
  readonly after: AfterSunset;
  readonly replacements: readonly FactorId[];
  readonly postponements?: number | undefined;
  readonly rules: readonly (ScheduleDays & {
    readonly client?: string | undefined;
    readonly group?: string | undefined;
  })[];
}

/** Throws a RangeError for a day or a zone that does not exist: the configuration was checked before. */
export function scheduleFrom(factor: FactorId, configured: ConfiguredSchedule, now: number): Schedule {
  const { zone, after, replacements, postponements, rules, ...days } = configured;
  const scoped = rules.map(({ client, group, ...own }): ScheduleRule => {
    const scope =
      client === undefined ? { kind: 'group' as const, id: group ?? '' } : { kind: 'client' as const, id: client };
    return { scope, ...datesOf(own, zone, now) };
  });
  return {
    factor,
    zone,
    after,
    replacements,
    ...defined({ postponements }),
    rules: [{ scope: { kind: 'all' }, ...datesOf(days, zone, now) }, ...scoped],
  };
}

export function initialSchedules(
  factors: Readonly<Record<FactorId, { readonly schedule?: ConfiguredSchedule | undefined }>>,
  now: number,
): Schedules {
  return Object.fromEntries(
    Object.entries(factors).flatMap(([id, { schedule }]) =>
      schedule === undefined ? [] : [[id, scheduleFrom(id, schedule, now)]],
    ),
  );
}
