/**
 * All dates of a factor, and the difference of two states of them, in sentences: for the history, for a restored state,
 * and for a conflict of two administrators.
 */
import { dateNames, ruleFor, sameScope, type DateName } from '../../factors/policy/schedule-rules.ts';
import type { Schedule, ScheduleRule, Scope } from '../../factors/policy/types.ts';
import { bothInstants, lastDayInWords, scopeInWords } from './date-words.ts';

const labels: Readonly<Record<DateName, string>> = {
  announceAt: 'announced from',
  closeAt: 'no new keys from',
  sunsetAt: 'last day',
  purgeAt: 'keys deleted from',
};

/** The dates that are set, by name: `everyone, last day`. */
type Parts = ReadonlyMap<string, string>;

/** All parts that are set, in one line. */
export function scheduleInWords(schedule: Schedule | undefined): string {
  const said = schedule ? [...datesOf(schedule, schedule.rules), ...othersOf(schedule)] : [];
  const isDated = schedule?.rules.some((rule) => dateNames.some((name) => rule[name] !== undefined)) ?? false;
  return [...(isDated ? [] : ['no dates']), ...said.map(([name, says]) => `${name}: ${says}`)].join('; ');
}

/**
 * The differences, one sentence without full stop for each part; none: there are none.
 * @param before absent: there was nothing
 */
export function differenceInWords(before: Schedule | undefined, after: Schedule): readonly string[] {
  const scopes = [...(before?.rules ?? []), ...after.rules].map(({ scope }) => scope);
  const distinct = scopes.filter((scope, at) => scopes.findIndex((other) => sameScope(other, scope)) === at);
  return [
    ...distinct.flatMap((scope) => differing(before && ruled(before, scope), ruled(after, scope))),
    ...differing(before && othersOf(before), othersOf(after)),
  ];
}

function ruled(schedule: Schedule, scope: Scope): Parts {
  const rule = ruleFor(schedule, scope);
  return datesOf(schedule, rule ? [rule] : []);
}

function differing(before: Parts = new Map(), after: Parts): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    return was === is ? [] : [`${name}: ${was ?? 'none'} → ${is ?? 'none'}`];
  });
}

const datesOf = ({ zone }: Schedule, rules: readonly ScheduleRule[]): Parts =>
  new Map(
    rules.flatMap((rule) =>
      dateNames.flatMap((name) => {
        const instant = rule[name];
        if (instant === undefined) return [];
        const isExtension = name === 'sunsetAt' && rule.extends === true;
        const says = name === 'sunsetAt' ? lastDay(instant, zone) : bothInstants(instant, zone);
        const label = `${scopeInWords(rule.scope)}, ${labels[name]}`;
        return [[label, isExtension ? `${says}, an extension` : says] as const];
      }),
    ),
  );

const lastDay = (instant: number, zone: string): string =>
  `${lastDayInWords(instant, zone)} (over from ${bothInstants(instant, zone)})`;

const othersOf = ({ after, replacements, postponements, zone }: Schedule): Parts =>
  new Map([
    ['afterwards', after],
    ['replaced by', replacements.join(', ') || 'any'],
    ['put off', postponements === undefined ? 'until the last day' : `${postponements} times at most`],
    ['time zone', zone],
  ]);
