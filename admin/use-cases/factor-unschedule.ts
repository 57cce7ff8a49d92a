/**
 * Removes the dates of a factor: all of them, or those of one relying party or group. The removal of an extension may
 * strand people: it needs the brake.
 */
import type { Services } from '../services.ts';
import { ruleFor, sameScope, scopeName } from '../../factors/policy/schedule-rules.ts';
import type { Scope } from '../../factors/policy/types.ts';
import { refuse } from '../refusals.ts';
import { reasonFaults, type Accepted, type DatesOutcome } from './brake.ts';
import { changeDates, type DatesChanged } from './change-dates.ts';
import { scopeMistakes } from './scope-mistakes.ts';
import { lookedAt, stillInForce } from './write-schedules.ts';

export interface UnscheduleRequest {
  readonly factor: string;
  readonly by: string;
  /** Absent: all dates. */
  readonly scope?: Scope;
  readonly dryRun?: boolean;
  /** What the administrator accepts, if an extension is removed. */
  readonly accepted?: Accepted | undefined;
  /** Mails about the change are sent at once, and not after an hour. */
  readonly sendNow?: boolean;
  readonly reason?: string | undefined;
  /** Number of the state that the administrator saw; if another one is present, it is shown, and nothing is written. */
  readonly ifState?: number | undefined;
}

/**
 * The schedule stays without dates, so that the first dates of the configuration do not come back at the next start.
 * The earlier dates are a state of the history.
 */
export async function unscheduleFactor(
  services: Pick<Services, 'registry' | 'settings' | 'schedules' | 'people' | 'clock' | 'changeLocks'>,
  { factor, by, scope, dryRun, accepted, reason, ifState, sendNow }: UnscheduleRequest,
): Promise<DatesOutcome<DatesChanged>> {
  if (!services.registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  const silent = reason === undefined ? [] : reasonFaults(reason);
  if (silent.length > 0) return { ok: false, refusals: silent };
  const looked = await lookedAt(services.schedules, by);
  const stands = await stillInForce(services.schedules, looked, { factor, number: ifState });
  if (!stands.ok) return stands;
  const before = Object.hasOwn(looked.schedules, factor) ? looked.schedules[factor] : undefined;
  const held = scope === undefined ? (before?.rules.length ?? 0) > 0 : ruleFor(before, scope) !== undefined;
  if (!before || !held) {
    const mistakes = await scopeMistakes(services, scope, looked.schedules);
    if (mistakes.length > 0) return { ok: false, refusals: mistakes };
    const whom = scope === undefined ? '' : ` for ${scopeName(scope)}`;
    return refuse('schedule_missing', `${factor} has no dates${whom}.`);
  }
  const rules = scope === undefined ? [] : before.rules.filter((rule) => !sameScope(rule.scope, scope));
  return changeDates(services, looked, { factor, after: { ...before, rules }, by, reason, accepted, sendNow, dryRun });
}
