/** `factor holders`: lines are written as they are read, so that a million people need no list in memory. */
import { localInstant } from '../../time/calendar.ts';
import { holdersOf, type HolderLine, type Holders } from '../use-cases/factor-holders.ts';
import { refusedDates } from './brake-options.ts';
import { answer, argumentOf, UsageError, type Command, type WithServices } from './command.ts';
import { csvLine } from './csv.ts';
import { count, printable } from './layout.ts';

const words: Readonly<Record<HolderLine['fate'], string>> = {
  keep: 'keeps another way',
  still: 'still signs in with it',
  mustReplace: 'must activate a key',
  stranded: 'no way in',
};

export const factorHolders: Command = {
  noun: 'factor',
  verb: 'holders',
  summary:
    'The people who have a key of this factor, and what happens to each of them at an instant, by the same rules as the pre-flight of `factor schedule`.',
  argument: { name: 'factor', says: 'Its id, as `factor list` shows it.' },
  options: [
    { name: 'stranded', says: 'Only who would have no way in.' },
    { name: 'only', says: 'Only people who have no key of another factor.' },
    { name: 'client', value: 'id', says: 'How they fare at this relying party alone.' },
    { name: 'group', value: 'name', says: 'Only people of this group.' },
    {
      name: 'at',
      value: 'time',
      says: 'A day, a local time such as 2027-01-01T09:00, or an instant with its offset. Default: when everyone’s last day is over, or now.',
    },
    { name: 'csv', says: 'Print CSV.' },
  ],
  examples: ['rekey factor holders token-card --stranded --csv'],
  needs: 'services',
  async run(around) {
    const { services, given, asJson } = around;
    const factor = argumentOf(given, 'factor');
    const [client, group] = [given.text('client'), given.text('group')];
    if (asJson && given.is('csv')) throw new UsageError('Give --json or --csv, not both.');
    const outcome = await holdersOf(services, {
      factor,
      client,
      group,
      at: given.text('at'),
      stranded: given.is('stranded'),
      only: given.is('only'),
    });
    if (!outcome.ok) return refusedDates(outcome, { factor, client, group }, services);
    const { at, zone } = outcome.value;
    const form = asJson ? jsonForm : given.is('csv') ? csvForm : textForm;
    const written = await writeAll(around, outcome.value, form);
    const end = `${count(written, 'person', 'people')}, at ${localInstant(at, zone)} (${new Date(at).toISOString()}).`;
    return answer(undefined, form === textForm ? end : '');
  },
};

interface Form {
  readonly head: string;
  readonly line: (line: HolderLine, isFirst: boolean) => string;
  readonly foot: string;
}

const cells = ({ id, username, groups, disabled, fate, strandedAt, otherKeys, sunsetAt }: HolderLine) => [
  id,
  username,
  groups.join(' '),
  disabled ? 'yes' : 'no',
  fate,
  strandedAt.join(' '),
  otherKeys.join(' '),
  sunsetAt ?? '',
];
const columns = ['id', 'username', 'groups', 'disabled', 'fate', 'strandedAt', 'otherKeys', 'sunsetAt'];
const csvForm: Form = { head: csvLine(columns), line: (line) => csvLine(cells(line)), foot: '' };
const jsonForm: Form = {
  head: '[',
  line: (line, isFirst) => `${isFirst ? '' : ','}\n  ${JSON.stringify(line)}`,
  foot: '\n]\n',
};
const textForm: Form = {
  head: '',
  line: ({ username, disabled, fate, strandedAt, otherKeys }) =>
    printable(
      `${username.padEnd(24)}  ${(disabled ? 'disabled' : words[fate]).padEnd(22)}  ${strandedAt.join(', ').padEnd(16)}  ${otherKeys.join(', ') || 'no other key'}\n`,
    ),
  foot: '',
};

async function writeAll(
  { services, output, progress: { write, isTerminal } }: WithServices,
  holders: Holders,
  { head, line, foot }: Form,
): Promise<number> {
  const all = isTerminal && write ? await services.people.count() : 0;
  let written = 0;
  output(head);
  for await (const { lines, read } of holders.pages()) {
    for (const one of lines) {
      output(line(one, written === 0));
      written += 1;
    }
    if (isTerminal) write?.(`\r\u001b[K${read} of ${all} accounts read`);
  }
  if (isTerminal) write?.('\r\u001b[K');
  output(foot);
  return written;
}
