/**
 * The rules that the dates of all factors must keep together. Pure; checked before dates are set, by the configuration
 * or by a command.
 */
import type { FactorId } from '../contract.ts';
import type { FactorDates, Schedule, ScheduleRule, Scope } from './types.ts';

/** All schedules by factor. */
export type Schedules = Readonly<Record<FactorId, Schedule>>;

export const scheduleFaults = [
  'factor_unknown',
  'zone_unknown',
  'dates_out_of_order',
  'scope_repeated',
  'client_unknown',
  'postponements_invalid',
  'replacement_itself',
  'replacement_unknown',
  'replacement_not_enabled',
  'replacement_not_self_service',
  'replacement_closed',
  'replacement_ends_earlier',
  'replacement_in_a_circle',
] as const;
export type ScheduleFaultCode = (typeof scheduleFaults)[number];

export interface ScheduleFault {
  readonly code: ScheduleFaultCode;
  /** The scope of the schedule. */
  readonly factor: FactorId;
  /** Index of the rule. */
  readonly rule?: number;
  /** The dates in the wrong order (the earlier one first). */
  readonly dates?: readonly [DateName, DateName];
  /** The replacement or the client; for a circle: all of it, beginning with `factor`. */
  readonly other?: string;
  readonly circle?: readonly FactorId[];
}

export interface ScheduleFacts {
  /** Every installed factor. */
  readonly factors: Readonly<Record<FactorId, { readonly enabled: boolean; readonly selfService: boolean }>>;
  /** Ids of the relying parties; absent: not known, so not checked. */
  readonly clients?: readonly string[];
  readonly isZone: (name: string) => boolean;
}

export const dateNames = ['announceAt', 'closeAt', 'sunsetAt', 'purgeAt'] as const;
export type DateName = (typeof dateNames)[number];

/** Every fault, in order of the schedules; none: the dates are accepted. */
export function checkSchedules(schedules: Schedules, facts: ScheduleFacts): readonly ScheduleFault[] {
  return Object.values(schedules).flatMap((schedule) => [
    ...ownFaults(schedule, facts),
    ...replacementFaults(schedule, schedules, facts),
  ]);
}

function ownFaults(schedule: Schedule, facts: ScheduleFacts): ScheduleFault[] {
  const { factor, rules, zone, postponements } = schedule;
  const faults: ScheduleFault[] = [];
  if (!Object.hasOwn(facts.factors, factor)) faults.push({ code: 'factor_unknown', factor });
  if (!facts.isZone(zone)) faults.push({ code: 'zone_unknown', factor, other: zone });
  if (postponements !== undefined && !(Number.isSafeInteger(postponements) && postponements >= 0))
    faults.push({ code: 'postponements_invalid', factor });
  const scopes = new Set<string>();
  for (const [rule, dates] of rules.entries()) {
    const scope = scopeName(dates.scope);
    if (scopes.has(scope)) faults.push({ code: 'scope_repeated', factor, rule });
    scopes.add(scope);
    if (dates.scope.kind === 'client' && facts.clients && !facts.clients.includes(dates.scope.id))
      faults.push({ code: 'client_unknown', factor, rule, other: dates.scope.id });
    const wrong = outOfOrder(dates);
    if (wrong) faults.push({ code: 'dates_out_of_order', factor, rule, dates: wrong });
  }
  return faults;
}

/** The first two dates in the wrong order; equal ones are in order. */
export function outOfOrder(dates: FactorDates): readonly [DateName, DateName] | undefined {
  const given = dateNames.filter((name) => dates[name] !== undefined);
  for (const [index, later] of given.entries()) {
    const earlier = given[index - 1];
    if (earlier !== undefined && (dates[earlier] ?? 0) > (dates[later] ?? 0)) return [earlier, later];
  }
  return undefined;
}

function replacementFaults(schedule: Schedule, schedules: Schedules, facts: ScheduleFacts): ScheduleFault[] {
  const { factor, replacements } = schedule;
  const faults: ScheduleFault[] = [];
  for (const other of new Set(replacements)) {
    const known = Object.hasOwn(facts.factors, other) ? facts.factors[other] : undefined;
    if (other === factor) faults.push({ code: 'replacement_itself', factor, other });
    else if (!known) faults.push({ code: 'replacement_unknown', factor, other });
    else if (!known.enabled) faults.push({ code: 'replacement_not_enabled', factor, other });
    else if (!known.selfService) faults.push({ code: 'replacement_not_self_service', factor, other });
    else {
      const code = endsTooEarly(schedule, schedules[other]);
      if (code) faults.push({ code, factor, other });
    }
  }
  const circle = circleFrom(factor, schedules);
  if (circle) faults.push({ code: 'replacement_in_a_circle', factor, other: circle[1] ?? factor, circle });
  return faults;
}

/**
 * A replacement must end later than what it replaces, and still be open on its last day, wherever both sets of dates
 * can apply together.
 */
function endsTooEarly(
  retiring: Schedule,
  replacement: Schedule | undefined,
): 'replacement_closed' | 'replacement_ends_earlier' | undefined {
  let closed = false;
  for (const rule of retiring.rules) {
    const end = rule.sunsetAt;
    if (end === undefined) continue;
    for (const other of replacement?.rules ?? []) {
      if (!meet(rule.scope, other.scope)) continue;
      if ([other.sunsetAt, other.purgeAt].some((instant) => instant !== undefined && instant <= end))
        return 'replacement_ends_earlier';
      closed ||= other.closeAt !== undefined && other.closeAt < end;
    }
  }
  return closed ? 'replacement_closed' : undefined;
}

const ends = ({ rules }: Schedule): boolean =>
  rules.some(({ sunsetAt, purgeAt }) => sunsetAt !== undefined || purgeAt !== undefined);

/** The path along retiring replacements from `factor` back to itself. */
function circleFrom(factor: FactorId, schedules: Schedules): readonly FactorId[] | undefined {
  const ways: FactorId[][] = [[factor]];
  const seen = new Set<FactorId>();
  for (let way = ways.shift(); way; way = ways.shift()) {
    const at = way.at(-1) as FactorId;
    const schedule = Object.hasOwn(schedules, at) ? schedules[at] : undefined;
    if (!schedule || !ends(schedule)) continue;
    for (const next of schedule.replacements) {
      if (next === factor && way.length > 1) return way;
      if (next === factor || seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

/**
 * Whether a sign-in can fall under both scopes: only two different relying parties, and two different groups as
 * planned, exclude each other.
 */
const meet = (a: Scope, b: Scope): boolean => a.kind !== b.kind || sameScope(a, b);

export function scopeName(scope: Scope): string {
  return scope.kind === 'all' ? 'all' : `${scope.kind}:${scope.id}`;
}

export const sameScope = (a: Scope, b: Scope): boolean => scopeName(a) === scopeName(b);

/** The rule of a schedule for exactly this scope. */
export function ruleFor(schedule: Schedule | undefined, scope: Scope): ScheduleRule | undefined {
  return schedule?.rules.find((rule) => sameScope(rule.scope, scope));
}
