/** `factor progress` on a terminal: the present numbers, what happened, a small chart, and the forecast. */
import { lastDayInWords } from '../use-cases/date-words.ts';
import type { Progress } from '../use-cases/factor-progress.ts';
import type { Forecast } from '../use-cases/forecast.ts';
import { count, printable, table } from './layout.ts';
import { startOfDay, addDays } from '../../time/calendar.ts';

/** How many days a screen shows. */
const shown = 31;
const barWidth = 24;

export function progressLines(progress: Progress): string {
  return printable(
    [
      headOf(progress),
      ...nowOf(progress),
      '',
      `${progress.since} to ${progress.until} (${progress.zone}):`,
      totalsOf(progress),
      '',
      chartOf(progress),
      '',
      forecastInWords(progress.forecast, progress.lastDay),
    ].join('\n'),
  );
}

const dayInWords = (day: string): string => lastDayInWords(startOfDay(addDays(day, 1), 'UTC'), 'UTC');

function headOf({ factor, lastDay, client, group }: Progress): string {
  const whom = [client === null ? '' : ` at ${client}`, group === null ? '' : ` for group ${group}`].join('');
  return `${factor}${whom}: ${lastDay === null ? 'no last day' : `until and including ${dayInWords(lastDay)}`}.`;
}

function nowOf({ now: { people, only, stranded, disabled }, at }: Progress): readonly string[] {
  const apart = disabled === 0 ? '' : ` (and ${count(disabled, 'disabled account', 'disabled accounts')})`;
  return [
    `Still on it: ${count(people, 'person holds', 'people hold')} such a key${apart}; ${only} of them without a key of another factor.`,
    `Stranded now, by the rules of ${at}: ${stranded}.`,
  ];
}

function totalsOf({ counts, movedTo }: Progress): string {
  const rows: readonly (readonly [string, number, string])[] = [
    ['asked for the key', counts.asked, 'sign-ins'],
    ['dialog shown', counts.shown, 'times'],
    ['put off', counts.postponed, `times; ${count(counts['postponed-first'], 'person', 'people')} for the first time`],
    ['moved', counts.moved, 'people'],
    ...Object.entries(movedTo).map(([to, number]) => [`  to ${to}`, number, 'people'] as const),
    ['refused', counts.refused, 'sign-ins'],
    ['stranded', counts.stranded, 'sign-ins'],
    [
      'new keys of it',
      counts.enrolled + counts.given,
      `${counts.enrolled} activated, ${counts.given} handed out or imported`,
    ],
    [
      'keys of it that went',
      counts.replaced + counts.removed + counts.reset,
      `${counts.replaced} replaced, ${counts.removed} removed, ${counts.reset} reset`,
    ],
    ['deleted for good', counts.deleted, 'people whose keys of it went by its day of deletion'],
    ['extensions', counts.extended, `people; ${counts['extension-lifted']} lifted`],
  ];
  return table(rows.map(([name, number, what]) => [`  ${name}`, String(number).padStart(8), what]));
}

function chartOf({ days }: Progress): string {
  const last = days.slice(-shown);
  const most = Math.max(1, ...last.map(({ counts }) => counts.moved));
  const rows = last.map(({ day, counts }) => [
    day,
    ...[counts.moved, counts.postponed, counts.refused, counts.stranded].map((number) => String(number).padStart(8)),
    '█'.repeat(Math.round((counts.moved / most) * barWidth)),
  ]);
  const head = [
    'day',
    ...['moved', 'put off', 'refused', 'stranded'].map((name) => name.padStart(8)),
    'moved, as a bar',
  ];
  const earlier =
    days.length > last.length ? [`(${count(days.length - last.length, 'earlier day', 'earlier days')}: --csv)`] : [];
  return [table([head, ...rows]), ...earlier].join('\n');
}

const whyNone: Readonly<Record<Extract<Forecast, { readonly none: string }>['none'], string>> = {
  no_last_day: 'No forecast: there is no last day.',
  over: 'No forecast: the last day is over.',
  too_few_days: 'No forecast: fewer than three whole days were counted.',
  one_relying_party: 'No forecast for one relying party: people may move at any of them.',
};

export function forecastInWords(forecast: Forecast, lastDay: string | null): string {
  if ('none' in forecast) return whyNone[forecast.none];
  const { left, range, method, perDay, daysLeft, over } = forecast;
  const week = over < 7 ? 'these days' : 'the quickest and the slowest seven days';
  return `Forecast: when ${lastDay === null ? 'it' : dayInWords(lastDay)} is over, ${count(left, 'person', 'people')} with no key of another factor; ${range[0]} to ${range[1]} by ${week} (${method}: ${perDay} a day, ${count(daysLeft, 'day', 'days')} left).`;
}
