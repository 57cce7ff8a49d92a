/** Sets the dates of a kind of key. What is not given stays as it is; `none` lifts a single date. */
import type { Services } from '../services.ts';
import { dayOf, endOfDay, isZone, lastDayBefore, startOfDay } from '../../time/calendar.ts';
import {
  checkSchedules,
  ruleFor,
  sameScope,
  type ScheduleFault,
  type Schedules,
} from '../../factors/policy/schedule-rules.ts';
import {
  type AfterSunset,
  type FactorDates,
  type Schedule,
  type ScheduleRule,
  type Scope,
} from '../../factors/policy/types.ts';
import { datesOf, dayMeant, withoutAbsent, type ScheduleDays } from '../../schedules/parse-days.ts';
import { done, refuse, scheduleRefusal, type Outcome } from '../refusals.ts';
import { scheduleFacts } from '../../schedules/schedule-facts.ts';
import { countHolders, type Holders } from './count-holders.ts';

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
  /** Only say what would happen. */
  readonly dryRun?: boolean;
  /** Whether to count whom it touches, which reads everybody. */
  readonly count?: boolean;
}

export interface ScheduleChanged {
  readonly factor: string;
  readonly before: Schedule | undefined;
  readonly after: Schedule;
  readonly written: boolean;
  readonly holders?: Holders;
}

type Parts = Pick<Services, 'registry' | 'settings' | 'schedules' | 'people' | 'clock'>;
const everybody: Scope = { kind: 'all' };

export async function scheduleFactor(services: Parts, request: ScheduleRequest): Promise<Outcome<ScheduleChanged>> {
  const { registry, settings, schedules, clock } = services;
  const facts = scheduleFacts(registry.all(), settings);
  const judge = (present: Schedules): Outcome<{ before: Schedule | undefined; next: Schedules; after: Schedule }> => {
    const before = Object.hasOwn(present, request.factor) ? present[request.factor] : undefined;
    if (!Object.hasOwn(facts.factors, request.factor))
      return refuse('factor_unknown', `There is no factor ${request.factor}.`);
    const asked = scheduleAsked(before, request, clock.now());
    if (!asked.ok) return asked;
    const next = { ...present, [request.factor]: asked.value };
    const known = new Set(checkSchedules(present, facts).map(faultName));
    const faults = checkSchedules(next, facts).filter(
      (fault) => fault.factor === request.factor || !known.has(faultName(fault)),
    );
    if (faults.length > 0)
      return { ok: false, refusals: faults.map((fault) => scheduleRefusal(fault, next[fault.factor])) };
    return done({ before, next, after: asked.value });
  };

  let judged = judge(await schedules.current());
  if (!judged.ok) return judged;
  if (request.dryRun !== true) {
    await schedules.change(request.by, (present) => {
      judged = judge(present);
      return judged.ok ? judged.value.next : undefined;
    });
    if (!judged.ok) return judged;
  }
  const { before, after, next } = judged.value;
  const scope = request.scope ?? everybody;
  const at = ruleFor(after, scope)?.sunsetAt ?? clock.now();
  const holders = request.count === true ? await countHolders(services, request.factor, next, at, scope) : undefined;
  return done({ factor: request.factor, before, after, written: request.dryRun !== true, ...(holders && { holders }) });
}

const faultName = (fault: ScheduleFault): string => JSON.stringify(fault);

function scheduleAsked(before: Schedule | undefined, request: ScheduleRequest, now: number): Outcome<Schedule> {
  const { factor, scope = everybody, days } = request;
  const zone = request.zone ?? before?.zone;
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
    ...merged(kept.find((one) => sameScope(one.scope, scope)) ?? {}, days, zone, now),
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

const earliest = (...instants: (number | undefined)[]) =>
  Math.min(...instants.filter((instant) => instant !== undefined));

/** Dates that were not given anew stay; the first two never stay behind a later one, since they come before it by their nature. */
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
  return withoutAbsent({ announceAt, closeAt, sunsetAt, purgeAt });
}

/** The same days in another zone; what is not at the beginning of a day stays the same instant. */
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
