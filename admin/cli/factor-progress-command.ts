/** `factor progress`: as lines with a chart, CSV, JSON or a picture; and counting the figures again. */
import type { Rebuilt } from '../../audit/rebuild-figures.ts';
import { factorProgress, type Progress } from '../use-cases/factor-progress.ts';
import { withHints } from './brake-options.ts';
import {
  answer,
  argumentOf,
  refusedAnswer,
  UsageError,
  type Answer,
  type Command,
  type WithServices,
} from './command.ts';
import { csvLine } from './csv.ts';
import { count } from './layout.ts';
import { progressLines } from './progress-lines.ts';
import { progressPicture } from './progress-picture.ts';

export const factorProgressCommand: Command = {
  noun: 'factor',
  verb: 'progress',
  summary:
    'How far people are with leaving a factor: how many still have it, moved to which factor, put it off, were refused or stranded, day by day, with a forecast for the last day.',
  argument: { name: 'factor', says: 'Its id, as `factor list` shows it.' },
  options: [
    { name: 'since', value: 'day', says: 'First day, YYYY-MM-DD. Default: the first one that was counted.' },
    { name: 'until', value: 'day', says: 'Last day. Default: today.' },
    { name: 'client', value: 'id', says: 'Only sign-ins at this relying party.' },
    { name: 'group', value: 'name', says: 'Only people who were of this group.' },
    { name: 'csv', says: 'Print CSV: a line for each day and outcome.' },
    { name: 'svg', says: 'Print a picture, readable without colours.' },
    {
      name: 'rebuild',
      says: 'Compute the figures of all factors anew from the audit log, and say which days differed.',
    },
  ],
  examples: [
    'rekey factor progress token-card --since 2024-01-01 --group staff',
    'rekey factor progress token-card --svg > progress.svg',
  ],
  needs: 'services',
  async run(around) {
    const { services, given, asJson, output } = around;
    const factor = argumentOf(given, 'factor');
    const forms = [asJson, given.is('csv'), given.is('svg')].filter(Boolean);
    if (forms.length > 1) throw new UsageError('Give one of --json, --csv and --svg.');
    if (given.is('rebuild')) return rebuild(around, factor);
    const asked = { factor, client: given.text('client'), group: given.text('group') };
    const outcome = await factorProgress(services, {
      ...asked,
      since: given.text('since'),
      until: given.text('until'),
    });
    if (!outcome.ok) return refusedAnswer(await withHints(outcome.refusals, asked, services));
    const progress = outcome.value;
    if (given.is('csv')) output(csvOf(progress));
    if (given.is('svg')) output(progressPicture(progress));
    return answer(progress, given.is('csv') || given.is('svg') ? '' : progressLines(progress));
  },
};

async function rebuild({ services, given }: WithServices, factor: string): Promise<Answer> {
  if (
    ['since', 'until', 'client', 'group'].some((name) => given.text(name) !== undefined) ||
    given.is('csv') ||
    given.is('svg')
  )
    throw new UsageError('--rebuild goes with no other option but --json.');
  if (!services.registry.get(factor))
    return refusedAnswer(
      await withHints([{ code: 'factor_unknown', says: `There is no factor ${factor}.` }], { factor }, services),
    );
  const rebuilt = await services.figures.rebuild();
  return answer(rebuilt, rebuiltInWords(rebuilt));
}

function rebuiltInWords({ lines, compared, differed, from }: Rebuilt): string {
  const read = `${count(lines, 'line', 'lines')} of the audit log read, ${count(compared, 'day', 'days')} of factors compared.`;
  const result =
    differed.length === 0
      ? 'No figure differed.'
      : `These differed and are corrected: ${differed.map(({ factor, day }) => `${factor} ${day}`).join(', ')}.`;
  return [
    read,
    ...(from === null ? [] : [`Days before ${from} are no longer whole in the log: their figures stay.`]),
    result,
  ].join('\n');
}

const columns = ['day', 'factor', 'client', 'group', 'outcome', 'to', 'count'];

function csvOf({ days, factor, client, group }: Progress): string {
  const lines = days.flatMap(({ day, counts, movedTo }) => [
    ...Object.entries(counts)
      .filter(([outcome]) => outcome !== 'moved')
      .map(([outcome, number]) => [day, factor, client ?? '', group ?? '', outcome, '', String(number)]),
    ...Object.entries(movedTo).map(([to, number]) => [
      day,
      factor,
      client ?? '',
      group ?? '',
      'moved',
      to,
      String(number),
    ]),
  ]);
  return [columns, ...lines].map(csvLine).join('');
}
