/** Lifts the dates of a kind of key: all of them, or those of one relying party or group. An extension that is lifted may shut people out: it goes through the brake. */
import type { Services } from '../services.ts';
import { ruleFor, sameScope, scopeName } from '../../factors/policy/schedule-rules.ts';
import type { Scope } from '../../factors/policy/types.ts';
import { refuse } from '../refusals.ts';
import { reasonFaults, type Accepted, type DatesOutcome } from './brake.ts';
import { changeDates, type DatesChanged } from './change-dates.ts';
import { lookedAt, stillInForce } from './write-schedules.ts';

export interface UnscheduleRequest {
  readonly factor: string;
  readonly by: string;
  /** Absent: all dates. */
  readonly scope?: Scope;
  readonly dryRun?: boolean;
  /** What the administrator takes upon themselves, where an extension is lifted. */
  readonly accepted?: Accepted | undefined;
  /** Mails about the change leave at once, and not after an hour. */
  readonly sendNow?: boolean;
  readonly reason?: string | undefined;
  /** Number of the state that the administrator looked at; another one in force is told, and nothing is written. */
  readonly ifState?: number | undefined;
}

/** The schedule stays without dates, so that the configuration's first value does not come back at the next start. What came before is a state of the history. */
export async function unscheduleFactor(
  services: Pick<Services, 'registry' | 'settings' | 'schedules' | 'people' | 'clock'>,
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
    const whom = scope === undefined ? '' : ` for ${scopeName(scope)}`;
    return refuse('schedule_missing', `${factor} has no dates${whom}.`);
  }
  const rules = scope === undefined ? [] : before.rules.filter((rule) => !sameScope(rule.scope, scope));
  return changeDates(services, looked, { factor, after: { ...before, rules }, by, reason, accepted, sendNow, dryRun });
}
