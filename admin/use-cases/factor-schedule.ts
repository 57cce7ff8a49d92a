/** Sets the dates of a factor. Dates that are not given stay; `none` removes a single date. */
import type { Services } from '../services.ts';
import { dayOf, endOfDay, isZone, lastDayBefore, startOfDay } from '../../time/calendar.ts';
import { defined } from '../../accounts/defined.ts';
import { ruleFor, sameScope } from '../../factors/policy/schedule-rules.ts';
import {
  type AfterSunset,
  type FactorDates,
  type Schedule,
  type ScheduleRule,
  type Scope,
} from '../../factors/policy/types.ts';
import { datesOf, dayMeant, type ScheduleDays } from '../../schedules/parse-days.ts';
import { done, refuse, type Outcome, type Refusal } from '../refusals.ts';
import { reasonFaults, type Accepted, type DatesOutcome } from './brake.ts';
import { changeDates, newFaults, type DatesChanged } from './change-dates.ts';
import { checkLength, checkNumber, countExtended, extendUnderLock, extensionOver } from './extension-bounds.ts';
import { ineffective, noEffect } from './schedule-effects.ts';
import { scopeMistakes } from './scope-mistakes.ts';
import { lookedAt, stillInForce, type LookedAt } from './write-schedules.ts';
import { zoneMeant } from './zone-of-dates.ts';

export interface ScheduleRequest {
  readonly factor: string;
  /** For the audit. */
  readonly by: string;
  readonly scope?: Scope;
  /** Local days, or `none`. */
  readonly days: ScheduleDays;
  readonly zone?: string | undefined;
  readonly after?: AfterSunset | undefined;
  readonly replacements?: readonly string[] | undefined;
  /** `none`: until the last day. */
  readonly postponements?: number | 'none' | undefined;
  /** Only says what would happen. */
  readonly dryRun?: boolean;
  /** The last day of a group or relying party replaces everybody's, which comes earlier; needs a reason. */
  readonly extend?: boolean;
  readonly reason?: string | undefined;
  /** What the administrator accepts, if the brake asks for it. */
  readonly accepted?: Accepted | undefined;
  /** Mails about the change are sent at once, and not after an hour. */
  readonly sendNow?: boolean;
  /** Number of the state that the administrator saw; if another one is present, it is shown, and nothing is written. */
  readonly ifState?: number | undefined;
}

type Looks = Pick<Services, 'registry' | 'settings' | 'schedules' | 'people' | 'clock'>;
type Parts = Looks & Pick<Services, 'changeLocks'>;
const everybody: Scope = { kind: 'all' };

export const scheduleFactor = (services: Parts, request: ScheduleRequest): Promise<DatesOutcome<DatesChanged>> =>
  request.extend === true
    ? extendUnderLock(services.changeLocks, request, () => schedule(services, request))
    : schedule(services, request);

async function schedule(services: Parts, request: ScheduleRequest): Promise<DatesOutcome<DatesChanged>> {
  const { factor, by, reason, accepted, sendNow, dryRun } = request;
  const asked = await datesAsked(services, request);
  if (!asked.ok) return asked;
  const { looked, after } = asked.value;
  return changeDates(services, looked, { factor, after, by, reason, accepted, sendNow, dryRun });
}

/** The dates that the request asks for, checked but not judged, with those in force; nothing is written. */
export async function datesAsked(
  services: Looks,
  request: ScheduleRequest,
): Promise<Outcome<{ readonly looked: LookedAt; readonly after: Schedule }>> {
  const { factor, by, reason, ifState, extend = false } = request;
  if (!services.registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  const silent = extend || reason === undefined ? [] : reasonFaults(reason);
  if (silent.length > 0) return { ok: false, refusals: silent };
  const looked = await lookedAt(services.schedules, by);
  const stands = await stillInForce(services.schedules, looked, { factor, number: ifState });
  if (!stands.ok) return stands;
  const present = looked.schedules;
  const before = Object.hasOwn(present, factor) ? present[factor] : undefined;
  const asked = scheduleAsked(zoneMeant(services.settings, before), before, request, services.clock.now());
  if (!asked.ok) return asked;
  const after = asked.value;
  const mistakes = await scopeMistakes(services, request.scope, present);
  if (mistakes.length > 0) return { ok: false, refusals: mistakes };
  const faults = newFaults(services, present, { ...present, [factor]: after }, factor);
  if (faults.length > 0) return { ok: false, refusals: faults };
  const useless = await ruleFaults(services, request, after);
  if (useless.length > 0) return { ok: false, refusals: useless };
  return done({ looked, after });
}

/** A last day for a group or relying party that changes nothing, or extends beyond a bound of the configuration. */
async function ruleFaults(
  { settings, people, schedules, clock }: Looks,
  { scope = everybody, days, extend = false, reason }: ScheduleRequest,
  after: Schedule,
): Promise<readonly Refusal[]> {
  const { zone } = after;
  const rule = ruleFor(after, scope);
  const isAsked = days.untilAndIncluding !== undefined && days.untilAndIncluding !== 'none';
  const without = rule && isAsked ? scope.kind !== 'all' && ineffective(after, rule) : undefined;
  if (without) return noEffect(without, zone, !extend).refusals;
  if (!extend) return [];
  const [end, from] = [rule?.sunsetAt, ruleFor(after, everybody)?.sunsetAt];
  if (end === undefined || from === undefined || scope.kind === 'all')
    return noEffect({ first: undefined, end: end ?? 0 }, zone).refusals;
  const silent = reasonFaults(reason);
  if (silent.length > 0) return silent;
  const now = clock.now();
  if (end <= now) return extensionOver(end, zone).refusals;
  const tooLong = checkLength(settings.extensions, { end, from, zone });
  if (tooLong.length > 0 || scope.kind === 'client') return tooLong;
  const counted = await countExtended({ people, schedules }, after, now);
  return counted.ok ? checkNumber(settings.extensions, counted.value) : counted.refusals;
}

function scheduleAsked(
  zoneBefore: string | undefined,
  before: Schedule | undefined,
  request: ScheduleRequest,
  now: number,
): Outcome<Schedule> {
  const { factor, scope = everybody, days } = request;
  const zone = request.zone ?? zoneBefore;
  if (zone === undefined)
    return refuse('zone_missing', 'Say in which time zone the days are meant, for instance --zone Europe/Brussels.');
  if (!isZone(zone)) return refuse('zone_unknown', `${zone} is no time zone; write it as Europe/Brussels.`);
  for (const day of Object.values(days))
    if (day !== undefined && day !== 'none' && dayMeant(day, zone, now) === undefined)
      return refuse('day_invalid', `${String(day)} is no day, or out of range; write it as 2024-01-30.`);
  const { after, replacements, postponements } = request;
  if ([request.zone, after, replacements, postponements, ...Object.values(days)].every((given) => given === undefined))
    return refuse('nothing_to_change', 'Nothing was asked to be changed.');

  const kept = (before?.rules ?? []).map((rule) => inZone(rule, before?.zone ?? zone, zone));
  const rule: ScheduleRule = {
    scope,
    ...(request.extend === true
      ? { ...extensionDays(days, zone, now), extends: true }
      : merged(kept.find((one) => sameScope(one.scope, scope)) ?? {}, days, zone, now)),
  };
  const postponed = postponements ?? before?.postponements;
  return done({
    factor,
    rules: kept.some((one) => sameScope(one.scope, scope))
      ? kept.map((one) => (sameScope(one.scope, scope) ? rule : one))
      : [...kept, rule],
    after: after ?? before?.after ?? 'refuse',
    replacements: replacements ?? before?.replacements ?? [],
    zone,
    ...(postponed === undefined || postponed === 'none' ? {} : { postponements: postponed }),
  });
}

/** Only the last day can be extended. */
function extensionDays({ untilAndIncluding }: ScheduleDays, zone: string, now: number): FactorDates {
  const { sunsetAt } = datesOf({ untilAndIncluding }, zone, now);
  return defined({ sunsetAt });
}

const earliest = (...instants: (number | undefined)[]) =>
  Math.min(...instants.filter((instant) => instant !== undefined));

/**
 * Dates that are not given stay; the first two are moved if a later date would precede them, because they come first by
 * their meaning.
 */
function merged(before: FactorDates, days: ScheduleDays, zone: string, now: number): FactorDates {
  const given = datesOf(
    Object.fromEntries(Object.entries(days).map(([name, day]) => [name, day === 'none' ? undefined : day])),
    zone,
    now,
  );
  const date = (name: keyof FactorDates, day: string | undefined): number | undefined =>
    day === 'none' ? undefined : day === undefined ? before[name] : given[name];
  const purgeAt = date('purgeAt', days.purge);
  const sunsetAt = date('sunsetAt', days.untilAndIncluding);
  const asked = date('closeAt', days.closeEnrolment);
  const closeAt = asked === undefined || days.closeEnrolment !== undefined ? asked : earliest(asked, sunsetAt, purgeAt);
  const isAny = [closeAt, sunsetAt, purgeAt].some((instant) => instant !== undefined);
  const told = date('announceAt', days.announce);
  const announceAt =
    days.announce !== undefined || (told === undefined && !isAny)
      ? told
      : earliest(told ?? now, closeAt, sunsetAt, purgeAt);
  return defined({ announceAt, closeAt, sunsetAt, purgeAt });
}

/** The same days in another zone; an instant that is not the beginning of a day stays. */
function inZone(rule: ScheduleRule, from: string, to: string): ScheduleRule {
  if (from === to) return rule;
  const { scope, extends: extended, ...dates } = rule;
  const begins = (instant: number) => startOfDay(dayOf(instant, from), from) === instant;
  const moved = Object.entries(dates).map(([name, instant]) => {
    if (!begins(instant)) return [name, instant];
    return [
      name,
      name === 'sunsetAt' ? endOfDay(lastDayBefore(instant, from), to) : startOfDay(dayOf(instant, from), to),
    ];
  });
  return { scope, ...(Object.fromEntries(moved) as FactorDates), ...(extended && { extends: extended }) };
}
