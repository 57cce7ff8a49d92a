/**
 * Describes a fault in the dates of a factor in a sentence for an administrator: for `rekey factor schedule`, and for
 * mistakes in the configuration.
 */
import { dayOf } from '../time/calendar.ts';
import type { DateName, ScheduleFault } from '../factors/policy/schedule-rules.ts';
import type { Schedule } from '../factors/policy/types.ts';

const dateWords: Readonly<Record<DateName, string>> = {
  announceAt: 'the announcement',
  closeAt: 'the end of enrolment',
  sunsetAt: 'the end of its last day',
  purgeAt: 'the day of deletion',
};

/** @param schedule the schedule that has the fault */
export function describeFault(
  { code, factor, rule, dates, other, circle }: ScheduleFault,
  schedule: Schedule | undefined,
): string {
  switch (code) {
    case 'factor_unknown':
      return `There is no factor ${factor}.`;
    case 'zone_unknown':
      return `${String(other)} is no time zone; write it as Europe/Brussels.`;
    case 'dates_out_of_order': {
      const [first, second] = dates ?? ['announceAt', 'sunsetAt'];
      const given = schedule?.rules[rule ?? 0];
      const day = (name: DateName) => {
        const instant = given?.[name];
        return instant === undefined || !schedule
          ? ''
          : ` (${dayOf(name === 'sunsetAt' ? instant - 1 : instant, schedule.zone)})`;
      };
      return `The dates of ${factor} are out of order: ${dateWords[first]}${day(first)} comes after ${dateWords[second]}${day(second)}.`;
    }
    case 'scope_repeated':
      return `${factor} has two rules for the same relying party or group.`;
    case 'client_unknown':
      return `There is no relying party ${String(other)}.`;
    case 'postponements_invalid':
      return 'Postponements are counted: 0, 1, 2 …';
    case 'replacement_itself':
      return `${factor} cannot replace itself.`;
    case 'replacement_unknown':
      return `${String(other)} cannot replace ${factor}: there is no such factor.`;
    case 'replacement_not_enabled':
      return `${String(other)} cannot replace ${factor}: it is not enabled in this deployment.`;
    case 'replacement_not_self_service':
      return `${String(other)} cannot replace ${factor}: people cannot activate it themselves.`;
    case 'replacement_closed':
      return `${String(other)} cannot replace ${factor}: it is closed to enrolment before the last day of ${factor} is over.`;
    case 'replacement_ends_earlier':
      return `${String(other)} cannot replace ${factor}: its own last day is not later.`;
    case 'replacement_in_a_circle':
    default:
      return `Replacements go in a circle: ${[...(circle ?? []), factor].join(' → ')}.`;
  }
}
