/**
 * A last day for one person alone, later or earlier than everybody's, and the list of all such days: thin over the use
 * cases.
 */
import { listExtensions } from '../use-cases/extension-list.ts';
import { extendPerson, scheduleForPerson, type PersonalDay } from '../use-cases/person-dates.ts';
import { localInstant } from '../../time/calendar.ts';
import { accepting, acceptedOf, refusedDates, sendNow } from './brake-options.ts';
import { answer, argumentOf, dryRun, UsageError, type Answer, type Command, type WithServices } from './command.ts';
import { count, table } from './layout.ts';

export const personExtend: Command = {
  noun: 'person',
  verb: 'extend',
  summary:
    'Extends the last day of a factor for one person, within the bounds of the configuration (`extensions`). The person is told by mail an hour later, once people are told of the day.',
  argument: { name: 'person', says: 'User name or id.' },
  options: [
    { name: 'factor', value: 'factor', says: 'The factor.' },
    { name: 'until-and-including', value: 'day', says: 'Last day on which it signs this person in.' },
    { name: 'lift', says: 'Take the extension back.' },
    ...accepting,
    sendNow,
    dryRun,
  ],
  examples: [
    'rekey person extend an.peeters --factor sms --until-and-including 2027-01-31 --reason "abroad until January"',
    'rekey person extend an.peeters --factor sms --lift',
  ],
  needs: 'services',
  async run({ services, given, by }) {
    const person = argumentOf(given, 'person');
    const factor = given.text('factor');
    if (factor === undefined) throw new UsageError('Say which factor: --factor <factor>.');
    const until = given.text('until-and-including');
    if (given.is('lift') === (until !== undefined))
      throw new UsageError('Say the last day with --until-and-including <day>, or --lift.');
    const outcome = await extendPerson(services, {
      person,
      factor,
      by,
      untilAndIncluding: until ?? 'none',
      reason: given.text('reason'),
      accepted: acceptedOf(given),
      sendNow: given.is('send-now'),
      dryRun: given.is('dry-run'),
    });
    return outcome.ok ? personalAnswer(outcome.value) : refusedDates(outcome, { factor }, services);
  },
};

/** `factor schedule <factor> --person <person>`. */
export async function schedulePerson({ services, given, by }: WithServices, person: string): Promise<Answer> {
  const factor = argumentOf(given, 'factor');
  const others = ['close-enrolment', 'purge', 'zone', 'after', 'postponements', 'client', 'group'];
  if (others.some((name) => given.text(name) !== undefined) || given.texts('replacement') || given.is('extend'))
    throw new UsageError(
      '--person goes with --until-and-including and --announce alone; later days: rekey person extend.',
    );
  const untilAndIncluding = given.text('until-and-including');
  if (untilAndIncluding === undefined)
    throw new UsageError('Say the last day for this person: --until-and-including <day>, or `none`.');
  const outcome = await scheduleForPerson(services, {
    person,
    factor,
    by,
    untilAndIncluding,
    announce: given.text('announce'),
    reason: given.text('reason'),
    accepted: acceptedOf(given),
    sendNow: given.is('send-now'),
    dryRun: given.is('dry-run'),
  });
  return outcome.ok ? personalAnswer(outcome.value) : refusedDates(outcome, { factor }, services);
}

function personalAnswer({ looks, ...day }: PersonalDay): Answer {
  const { before, says, written, mailAt, zone } = day;
  const text = [
    says,
    `Before: ${before?.says ?? 'no last day'}.`,
    mailAt === null
      ? 'No mail leaves because of this.'
      : `A mail that tells of it leaves from ${localInstant(Date.parse(mailAt), zone)} on.`,
    written ? 'Written.' : 'Nothing was written (dry run).',
  ];
  return answer({ ...day, preflight: looks[0] ?? null }, text.join('\n'));
}

export const factorExtensions: Command = {
  noun: 'factor',
  verb: 'extensions',
  summary: 'Last days that were put off, for persons, groups and relying parties, and earlier days of single persons.',
  argument: { name: 'factor', says: 'Its id; without it, of all.' },
  options: [],
  needs: 'services',
  async run({ services, given }) {
    const outcome = await listExtensions(services, given.argument);
    if (!outcome.ok) return refusedDates(outcome, { factor: given.argument ?? '' }, services);
    const listed = outcome.value;
    const rows = listed.map(({ factor, for: whose, kind, over, says, by, reason }) => [
      factor,
      whose,
      kind === 'earlier' ? 'earlier day' : kind,
      `${says}${over ? ' (over)' : ''}`,
      [by ?? '', reason === null ? '' : `“${reason}”`].filter(Boolean).join(' '),
    ]);
    const text = [
      ...(rows.length > 0 ? [table(rows)] : []),
      `${count(listed.length, 'day', 'days')} beside everyone’s.`,
    ];
    return answer(listed, text.join('\n'));
  },
};
