/** Sets the dates of a kind of key. What is not given stays as it is; `none` lifts a single date. */
import { TooManyToCount } from '../../adapters/storage/port.ts';
import type { Services } from '../services.ts';
import { dayOf, endOfDay, isZone, lastDayBefore, startOfDay } from '../../time/calendar.ts';
import { checkSchedules, sameScope, type ScheduleFault, type Schedules } from '../../factors/policy/schedule-rules.ts';
import {
  type AfterSunset,
  type FactorDates,
  type Schedule,
  type ScheduleRule,
  type Scope,
} from '../../factors/policy/types.ts';
import { datesOf, dayMeant, withoutAbsent, type ScheduleDays } from '../../schedules/parse-days.ts';
import { done, refuse, scheduleRefusal, type Outcome, type Refusal } from '../refusals.ts';
import { scheduleFacts } from '../../schedules/schedule-facts.ts';
import { brake, type Accepted } from './brake.ts';
import { populationOf } from './population.ts';
import { preflight, type Preflight } from './preflight.ts';

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
  /** What the administrator takes upon themselves, where the brake asks for it. */
  readonly accepted?: Accepted | undefined;
}

export interface ScheduleChanged {
  readonly factor: string;
  readonly before: Schedule | undefined;
  readonly after: Schedule;
  readonly written: boolean;
  /** Whom it touches at each of the instants from which it holds; the first is the one that strands most. */
  readonly looks: readonly Preflight[];
}

type Parts = Pick<Services, 'registry' | 'settings' | 'schedules' | 'people' | 'clock'>;
const everybody: Scope = { kind: 'all' };

interface Looked {
  readonly present: Schedules;
  readonly before: Schedule | undefined;
  readonly next: Schedules;
  readonly after: Schedule;
  readonly looks: readonly Preflight[];
}

/** What the change would do, without the brake; writes nothing. */
export async function lookAtSchedule(services: Parts, request: ScheduleRequest): Promise<Outcome<Looked>> {
  const facts = scheduleFacts(services.registry.all(), services.settings);
  // Fresh, and nothing written: what is looked at is what is replaced.
  const present = await services.schedules.change(request.by, () => undefined);
  if (!Object.hasOwn(facts.factors, request.factor))
    return refuse('factor_unknown', `There is no factor ${request.factor}.`);
  const before = Object.hasOwn(present, request.factor) ? present[request.factor] : undefined;
  const asked = scheduleAsked(before, request, services.clock.now());
  if (!asked.ok) return asked;
  const next = { ...present, [request.factor]: asked.value };
  const known = new Set(checkSchedules(present, facts).map(faultName));
  const faults = checkSchedules(next, facts).filter(
    (fault) => fault.factor === request.factor || !known.has(faultName(fault)),
  );
  if (faults.length > 0)
    return { ok: false, refusals: faults.map((fault) => scheduleRefusal(fault, next[fault.factor])) };
  const looks = await lookAhead(services, { factor: request.factor, before: present, after: next });
  return looks.ok ? done({ present, before, next, after: asked.value, looks: looks.value }) : looks;
}

/** Where the brake refuses, what was found is told too. */
export type ScheduleOutcome =
  | Extract<Outcome<ScheduleChanged>, { readonly ok: true }>
  | { readonly ok: false; readonly refusals: readonly Refusal[]; readonly looks?: readonly Preflight[] };

export async function scheduleFactor(services: Parts, request: ScheduleRequest): Promise<ScheduleOutcome> {
  const looked = await lookAtSchedule(services, request);
  if (!looked.ok) return looked;
  const { present, before, next, after, looks } = looked.value;
  const braked = brake({ looks, before, after, accepted: request.accepted, now: services.clock.now() });
  if (braked.length > 0) return { ok: false, refusals: braked, looks };
  if (request.dryRun !== true) {
    const written = await writeIfUnchanged(services.schedules, request, present, next);
    if (!written.ok) return written;
  }
  return done({ factor: request.factor, before, after, written: request.dryRun !== true, looks });
}

/** What was looked at is what is replaced: a change that somebody else made meanwhile is told, and nothing is written. */
async function writeIfUnchanged(
  schedules: Parts['schedules'],
  { by, accepted }: ScheduleRequest,
  looked: Schedules,
  next: Schedules,
): Promise<Outcome<undefined>> {
  let crossed = false;
  const facts = accepted && { acceptedStranded: accepted.stranded, reason: accepted.reason };
  await schedules.change(
    by,
    (present) => {
      crossed = JSON.stringify(present) !== JSON.stringify(looked);
      return crossed ? undefined : next;
    },
    facts,
  );
  if (!crossed) return done(undefined);
  return refuse(
    'dates_changed_meanwhile',
    'Somebody else has just changed the dates: `rekey factor list` shows them as they are now. Nothing was written.',
  );
}

/** A pre-flight for now and for every later instant at which any factor ends for anybody; what strands most comes first. */
export async function lookAhead(
  services: Parts,
  { factor, before, after }: { readonly factor: string; readonly before: Schedules; readonly after: Schedules },
): Promise<Outcome<readonly Preflight[]>> {
  const now = services.clock.now();
  const ends = Object.values(after).flatMap(({ rules }) => rules.flatMap(({ sunsetAt = [] }) => sunsetAt));
  const own = (after[factor]?.rules ?? []).flatMap(({ sunsetAt = [] }) => sunsetAt);
  // Of those that strand as many, the factor's own last day is what the administrator asked about.
  const instants = [...new Set([...own, ...ends, now].map((instant) => Math.max(instant, now)))];
  const population = await populationOf(services).catch(tooMany);
  if ('ok' in population) return population;
  const looks: Preflight[] = [];
  for (const at of instants) looks.push(await preflight(services, { factor, before, after, at, population }));
  return done(looks.toSorted((a, b) => b.newlyStranded - a.newlyStranded));
}

function tooMany(error: unknown): ReturnType<typeof refuse> {
  if (!(error instanceof TooManyToCount)) throw error;
  return refuse(
    'accounts_too_varied',
    'Whom this would leave without a way in cannot be counted: accounts differ in more ways, or more of them have a permit or a shared mailbox, than are judged at once. Nothing was written.',
  );
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
