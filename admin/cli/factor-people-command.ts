/** `factor holders`: lines are written as they are read, so that a million people need no list in memory. */
import { localInstant } from '../../time/calendar.ts';
import { peopleOfFactor, type FactorPersonLine, type FactorPeople } from '../use-cases/factor-people.ts';
import { refusedDates } from './brake-options.ts';
import { areDatesGiven, dateOptions, datesGiven } from './date-options.ts';
import { answer, argumentOf, UsageError, type Command, type WithServices } from './command.ts';
import { csvLine } from './csv.ts';
import { count, printable } from './layout.ts';

const words: Readonly<Record<FactorPersonLine['fate'], string>> = {
  keep: 'keeps another way',
  still: 'still signs in with it',
  mustReplace: 'must activate a key',
  stranded: 'no way in',
};

export const factorPeople: Command = {
  noun: 'factor',
  verb: 'holders',
  summary:
    'The people who have a key of this factor, and what happens to each of them at an instant, by the same rules as the pre-flight of `factor schedule`. With dates they are judged as if these were written for everybody; nothing is written.',
  argument: { name: 'factor', says: 'Its id, as `factor list` shows it.' },
  options: [
    {
      name: 'stranded',
      says: 'Only who would have no way in; also people without such a key who could activate no other. Who has none before the change either is told apart (“as before”).',
    },
    { name: 'only', says: 'Only people who have no key of another factor.' },
    { name: 'client', value: 'id', says: 'How they fare at this relying party alone.' },
    { name: 'group', value: 'name', says: 'Only people of this group.' },
    {
      name: 'at',
      value: 'time',
      says: 'A day, a local time such as 2027-01-01T09:00, or an instant with its offset. Default: when everyone’s last day is over, or now; with dates, the time of which their dry run tells.',
    },
    ...dateOptions,
    { name: 'csv', says: 'Print CSV.' },
  ],
  examples: [
    'rekey factor holders token-card --stranded --csv',
    'rekey factor holders token-card --stranded --until-and-including 2027-03-31 --after refuse',
  ],
  needs: 'services',
  async run(around) {
    const { services, given, asJson, by } = around;
    const factor = argumentOf(given, 'factor');
    const [client, group] = [given.text('client'), given.text('group')];
    if (asJson && given.is('csv')) throw new UsageError('Give --json or --csv, not both.');
    const isPlanned = areDatesGiven(given);
    const outcome = await peopleOfFactor(services, {
      factor,
      client,
      group,
      at: given.text('at'),
      stranded: given.is('stranded'),
      only: given.is('only'),
      ...(isPlanned && { planned: { by, ...datesGiven(given) } }),
    });
    if (!outcome.ok) return refusedDates(outcome, { factor, client, group }, services);
    const { at, zone } = outcome.value;
    const form = asJson ? jsonForm : given.is('csv') ? csvForm : textForm;
    const written = await writeAll(around, outcome.value, form);
    const end = `${count(written.all, 'person', 'people')}, at ${localInstant(at, zone)} (${new Date(at).toISOString()}).`;
    return answer(undefined, form === textForm ? [end, ...strandedInWords(written, factor, isPlanned)].join('\n') : '');
  },
};

interface Written {
  readonly all: number;
  /** Have no way in: by the dates that are judged, or before the change already. */
  readonly newly: number;
  readonly before: number;
}

function strandedInWords({ newly, before }: Written, factor: string, isPlanned: boolean): readonly string[] {
  if (newly + before === 0) return [];
  return isPlanned
    ? [
        `${newly} of them have a way in by the dates in force and would have none by these dates: what --accept-stranded counts.`,
        `${before} of them have no way in by the dates in force either (“as before”).`,
      ]
    : [
        `${newly} of them have no way in because of the dates of ${factor}.`,
        `${before} of them would have no way in without these dates either (“as before”).`,
      ];
}

interface Form {
  readonly head: string;
  readonly line: (line: FactorPersonLine, isFirst: boolean) => string;
  readonly foot: string;
}

const cells = ({
  id,
  username,
  groups,
  disabled,
  fate,
  strandedAt,
  otherKeys,
  sunsetAt,
  ...line
}: FactorPersonLine) => [
  id,
  username,
  groups.join(' '),
  disabled ? 'yes' : 'no',
  fate,
  strandedAt.join(' '),
  otherKeys.join(' '),
  sunsetAt ?? '',
  line.newlyStranded ? 'yes' : 'no',
  line.holds ? 'yes' : 'no',
];
const columns = 'id username groups disabled fate strandedAt otherKeys sunsetAt newlyStranded holds'.split(' ');
const csvForm: Form = { head: csvLine(columns), line: (line) => csvLine(cells(line)), foot: '' };
const jsonForm: Form = {
  head: '[',
  line: (line, isFirst) => `${isFirst ? '' : ','}\n  ${JSON.stringify(line)}`,
  foot: '\n]\n',
};
const textForm: Form = {
  head: '',
  line: (line) =>
    printable(
      `${line.username.padEnd(24)}  ${wordsOf(line).padEnd(22)}  ${line.strandedAt.join(', ').padEnd(16)}  ${keysOf(line)}\n`,
    ),
  foot: '',
};

function wordsOf({ disabled, fate, newlyStranded }: FactorPersonLine): string {
  if (disabled) return 'disabled';
  return fate === 'stranded' && !newlyStranded ? `${words.stranded}, as before` : words[fate];
}

const keysOf = ({ holds, otherKeys }: FactorPersonLine): string =>
  holds ? otherKeys.join(', ') || 'no other key' : ['no such key', ...otherKeys].join(', ');

async function writeAll(
  { services, output, progress: { write, isTerminal } }: WithServices,
  people: FactorPeople,
  { head, line, foot }: Form,
): Promise<Written> {
  const all = isTerminal && write ? await services.people.count() : 0;
  const written = { all: 0, newly: 0, before: 0 };
  output(head);
  for await (const { lines, read } of people.pages()) {
    for (const one of lines) {
      output(line(one, written.all === 0));
      written.all += 1;
      if (one.fate === 'stranded' && !one.disabled) written[one.newlyStranded ? 'newly' : 'before'] += 1;
    }
    if (isTerminal) write?.(`\r\u001b[K${read} of ${all} accounts read`);
  }
  if (isTerminal) write?.('\r\u001b[K');
  output(foot);
  return written;
}
