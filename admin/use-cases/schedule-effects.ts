/**
 * Rules without an effect: a last day for a group or relying party that another day precedes, an extension of nothing.
 * Reported when dates are set and when they are listed.
 */
import { decidingDates, type DecidedDate, type DecidedDates } from '../../factors/policy/deciding-dates.ts';
import { sameScope } from '../../factors/policy/schedule-rules.ts';
import type { Schedule, ScheduleRule, Scope } from '../../factors/policy/types.ts';
import { refuse } from '../refusals.ts';
import { deciderInWords, lastDayInWords, scopeInWords } from './date-words.ts';

export interface Ineffective {
  readonly scope: Scope;
  /** The day without an effect: first instant (ms) at which it is over. */
  readonly end: number;
  /** What counts instead; absent: there is no last day to extend. */
  readonly first: DecidedDate | undefined;
}

/** The dates of a person in this group alone, or of a person without groups at this relying party. */
export const decidedDatesFor = (schedule: Schedule, scope: Scope): DecidedDates =>
  decidingDates(schedule, {
    ...(scope.kind === 'client' ? { client: scope.id } : {}),
    ...(scope.kind === 'group' ? { groups: [scope.id] } : {}),
  });

/** The rule for this scope, if its last day has no effect. */
export function ineffective(schedule: Schedule, rule: ScheduleRule): Ineffective | undefined {
  if (rule.sunsetAt === undefined) return undefined;
  const first = decidedDatesFor(schedule, rule.scope).sunsetAt;
  if (first && 'scope' in first.by && sameScope(first.by.scope, rule.scope)) return undefined;
  return { scope: rule.scope, end: rule.sunsetAt, first };
}

/** @param zone of the day in the sentence */
export function whyIneffective({ first, end }: Omit<Ineffective, 'scope'>, zone: string): string {
  if (first === undefined) return 'there is no last day for everyone that it could put off';
  const how = first.instant < end ? 'comes first' : first.instant === end ? 'is the same day' : 'is later already';
  return `${deciderInWords(first.by)}, ${lastDayInWords(first.instant, zone)}, ${how}`;
}

/** Rules that lose their effect by a change, as sentences. */
export const leftWithoutEffect = (before: Schedule | undefined, after: Schedule): readonly string[] =>
  after.rules.flatMap((rule) => {
    const found = ineffective(after, rule);
    const old = before?.rules.find(({ scope }) => sameScope(scope, rule.scope));
    if (!found || (before && old && ineffective(before, old))) return [];
    return [`The day for ${scopeInWords(rule.scope)} has no effect any more: ${whyIneffective(found, after.zone)}.`];
  });

/** @param mayExtend whether an extension would have an effect */
export const noEffect = (found: Omit<Ineffective, 'scope'>, zone: string, mayExtend = false) =>
  refuse(
    'rule_without_effect',
    `This would have no effect: ${whyIneffective(found, zone)}.${mayExtend ? ' With --extend it would take the place of that day.' : ''}`,
  );
