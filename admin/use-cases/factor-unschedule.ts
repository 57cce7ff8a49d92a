/** Lifts the dates of a kind of key: all of them, or those of one relying party or group. */
import type { Services } from '../services.ts';
import { ruleFor, sameScope, scopeName, type Schedules } from '../../factors/policy/schedule-rules.ts';
import type { Schedule, Scope } from '../../factors/policy/types.ts';
import { done, refuse, type Outcome } from '../refusals.ts';

export interface UnscheduleRequest {
  readonly factor: string;
  readonly by: string;
  /** Absent: all dates. */
  readonly scope?: Scope;
  readonly dryRun?: boolean;
}

export interface Unscheduled {
  readonly factor: string;
  readonly before: Schedule;
  readonly after: Schedule;
  readonly written: boolean;
}

/** The schedule stays without dates, so that the configuration's first value does not come back at the next start. */
export async function unscheduleFactor(
  { registry, schedules }: Pick<Services, 'registry' | 'schedules'>,
  { factor, by, scope, dryRun = false }: UnscheduleRequest,
): Promise<Outcome<Unscheduled>> {
  if (!registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  const judge = (present: Schedules): Outcome<{ before: Schedule; after: Schedule }> => {
    const before = Object.hasOwn(present, factor) ? present[factor] : undefined;
    const held = scope === undefined ? (before?.rules.length ?? 0) > 0 : ruleFor(before, scope) !== undefined;
    if (!before || !held) {
      const whom = scope === undefined ? '' : ` for ${scopeName(scope)}`;
      return refuse('schedule_missing', `${factor} has no dates${whom}.`);
    }
    const rules = scope === undefined ? [] : before.rules.filter((rule) => !sameScope(rule.scope, scope));
    return done({ before, after: { ...before, rules } });
  };

  let judged = judge(await schedules.current());
  if (judged.ok && !dryRun) {
    await schedules.change(by, (present) => {
      judged = judge(present);
      return judged.ok ? { ...present, [factor]: judged.value.after } : undefined;
    });
  }
  return judged.ok ? done({ factor, ...judged.value, written: !dryRun }) : judged;
}
