/** `factor timeline`: one screen. */
import { deletionsInWords } from '../use-cases/deletions.ts';
import { factorTimeline, type Timeline } from '../use-cases/factor-timeline.ts';
import { withHints } from './brake-options.ts';
import { answer, argumentOf, refusedAnswer, type Command } from './command.ts';
import { printable, table } from './layout.ts';
import { mailsLines } from './mails-lines.ts';
import { forecastInWords } from './progress-lines.ts';

export const factorTimelineCommand: Command = {
  noun: 'factor',
  verb: 'timeline',
  summary:
    'The retirement of a factor on one screen: its dates, extensions and future mails, how many people have it by group, how fast they move, and how many are stranded after each day on which something ends.',
  argument: { name: 'factor', says: 'Its id, as `factor list` shows it.' },
  options: [],
  examples: ['rekey factor timeline token-card'],
  needs: 'services',
  async run({ services, given }) {
    const factor = argumentOf(given, 'factor');
    const outcome = await factorTimeline(services, factor);
    if (!outcome.ok) return refusedAnswer(await withHints(outcome.refusals, { factor }, services));
    return answer(outcome.value, timelineLines(outcome.value, services.clock.now()));
  },
};

const words: Readonly<Record<Timeline['dates'][number]['what'], string>> = {
  announced: 'people are told',
  closed: 'no new keys',
  sunset: 'last day',
  purged: 'keys are deleted',
};
const mark = (over: boolean): string => (over ? 'over' : 'to come');
/** A last day ends; every other date begins. */
const since = ({ what, over }: Timeline['dates'][number]): string =>
  over && what !== 'sunset' ? 'since then' : mark(over);
/** How many extensions a screen shows. */
const mostShown = 10;

/** @param now ms */
function timelineLines(timeline: Timeline, now: number): string {
  const { factor, zone, today, dates, cohorts, mails, forecast, lastDay } = timeline;
  return printable(
    [
      `${factor}, today ${today} (${zone})`,
      section(
        'Dates',
        dates.map((one) => [one.day, words[one.what], one.for === 'all' ? 'everyone' : one.for, since(one)]),
      ),
      ...deletionsInWords(timeline.deletions, zone, now).map((line) => `  ${line}`),
      section('Extensions and earlier days', extensionRows(timeline)),
      `\n${mailsLines(mails).join('\n')}`,
      section('Still on it', [
        ['', 'hold it', 'no other factor', 'stranded now'],
        ...cohorts.map((one) => [one.group ?? 'everyone', ...[one.people, one.only, one.stranded].map(String)]),
      ]),
      section('With no key of another factor, computed back from the moves', curveRows(timeline)),
      `  ${forecastInWords(forecast, lastDay)}`,
      section('Stranded after', strandedRows(timeline)),
    ]
      .filter((text) => text !== '')
      .join('\n'),
  );
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return `\n${title}: none`;
  return [
    `\n${title}`,
    ...table(rows)
      .split('\n')
      .map((line) => `  ${line}`),
  ].join('\n');
}

function extensionRows({ extensions }: Timeline): readonly (readonly string[])[] {
  const rows = extensions.slice(0, mostShown).map((one) => [one.lastDay, one.for, one.kind, mark(one.over)]);
  const more = extensions.length - rows.length;
  return more > 0 ? [...rows, [`and ${more} more: rekey factor extensions`]] : rows;
}

const steps = '▁▂▃▄▅▆▇█';

function curveRows({ curve }: Timeline): readonly (readonly string[])[] {
  const [first, last] = [curve[0], curve.at(-1)];
  if (!first || !last) return [];
  const most = Math.max(1, ...curve.map(({ people }) => people));
  const line = curve.map(({ people }) => steps[Math.round((people / most) * (steps.length - 1))] ?? '').join('');
  return [[`${first.day}: ${first.people}`, line, `${last.day}: ${last.people}`]];
}

function strandedRows({ stranded, notLookedAt }: Timeline): readonly (readonly string[])[] {
  const rows = stranded.map((one) => [one.day, String(one.people)]);
  return notLookedAt > 0 ? [...rows, [`and ${notLookedAt} later days`]] : rows;
}
