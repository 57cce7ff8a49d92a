import type { Schedule, Scope } from '../../factors/policy/types.ts';
import type { Preflight } from '../use-cases/preflight.ts';
import { listFactors, listSchedule, type FactorListing, type ScheduleListing } from '../use-cases/factor-list.ts';
import { scheduleFactor } from '../use-cases/factor-schedule.ts';
import type { MailsListing } from '../use-cases/factor-mails.ts';
import { unscheduleFactor } from '../use-cases/factor-unschedule.ts';
import {
  answer,
  argumentOf,
  dryRun,
  UsageError,
  wholeNumber,
  type Command,
  type Given,
  type Option,
  type WithServices,
} from './command.ts';
import { accepting, acceptedOf, refusedDates, sendNow, type Written } from './brake-options.ts';
import { schedulePerson } from './extension-commands.ts';
import { count, table } from './layout.ts';
import { mailsLines } from './mails-lines.ts';
import { preflightLines } from './preflight-lines.ts';

const factor = { name: 'factor', says: 'Its id, as `factor list` shows it.' };
const scopes: readonly Option[] = [
  { name: 'client', value: 'id', says: 'Only for sign-ins at this relying party.' },
  { name: 'group', value: 'name', says: 'Only for people of this group.' },
];

export const factorList: Command = {
  noun: 'factor',
  verb: 'list',
  summary: 'The kinds of keys and where each stands.',
  options: [],
  needs: 'services',
  async run({ services }) {
    const factors = await listFactors(services);
    const head = ['factor', 'status', 'on offer', 'last day', 'zone', 'afterwards', 'replaced by'];
    return answer(factors, [table([head, ...factors.flatMap(rows)]), ...factors.flatMap(whomLines)].join('\n'));
  },
};

/** What holds for whom, where there are dates. */
function whomLines({ id, lastDay, rules, says, personal }: FactorListing): readonly string[] {
  const { extensions, earlier } = personal;
  if (lastDay === null && rules.length === 0 && extensions + earlier === 0) return [];
  const alone = [
    ...(extensions > 0 ? [count(extensions, 'person has an extension', 'people have an extension')] : []),
    ...(earlier > 0 ? [count(earlier, 'person has an earlier day', 'people have an earlier day')] : []),
  ];
  return [
    '',
    `${id} signs in`,
    `  everyone: ${says}`,
    ...rules.map((rule) => `  ${rule.for}: ${rule.says}`),
    ...(alone.length > 0 ? [`  ${alone.join(', ')}: rekey factor extensions ${id}`] : []),
  ];
}

function rows(listed: FactorListing): readonly (readonly string[])[] {
  const { id, status, enabled, recommended, lastDay, zone, after, replacements, rules } = listed;
  const offered = enabled ? (recommended ? 'recommended' : 'yes') : 'no';
  return [
    [id, status, offered, lastDay ?? '–', zone ?? '–', after ?? '–', replacements.join(', ') || '–'],
    ...rules.map((rule) => [`  ${rule.for}`, rule.status, '', rule.lastDay ?? '–']),
  ];
}

export const factorSchedule: Command = {
  noun: 'factor',
  verb: 'schedule',
  summary: 'Sets the dates of a kind of key. What is not given stays as it is.',
  argument: factor,
  options: [
    { name: 'until-and-including', value: 'day', says: 'Last day on which it signs in.' },
    { name: 'close-enrolment', value: 'day', says: 'First day on which nobody gets a new one.' },
    { name: 'announce', value: 'day', says: 'First day on which people are told; without it, at once.' },
    { name: 'purge', value: 'day', says: 'First day on which keys of this kind may be deleted.' },
    {
      name: 'zone',
      value: 'name',
      says: 'Time zone in which the days are meant, such as Europe/Brussels. Needed the first time.',
    },
    {
      name: 'after',
      value: 'refuse|re-enrol',
      says: 'What it opens after its last day: nothing, or only the activation of another key.',
    },
    {
      name: 'replacement',
      value: 'factor',
      multiple: true,
      says: 'May take its place; best first, or `none` for any.',
    },
    {
      name: 'postponements',
      value: 'number',
      says: 'How often a person may put the change off; `none`: until the last day.',
    },
    ...scopes,
    {
      name: 'person',
      value: 'person',
      says: 'Only for this person, earlier than for everybody: a pilot, a lost card.',
    },
    {
      name: 'extend',
      says: 'With --client or --group: the last day comes later than everybody’s, within the bounds of the configuration (`extensions`), and takes its place. Takes a reason.',
    },
    ...accepting,
    sendNow,
    dryRun,
  ],
  examples: [
    'rekey factor schedule token-card --until-and-including 2024-01-30 --zone Europe/Brussels --dry-run',
    'rekey factor schedule token-card --close-enrolment none',
  ],
  needs: 'services',
  async run(around) {
    const { services, given, by } = around;
    const id = argumentOf(given, 'factor');
    const person = given.text('person');
    if (person !== undefined) return schedulePerson(around, person);
    const after = given.text('after');
    if (after !== undefined && after !== 'refuse' && after !== 're-enrol')
      throw new UsageError('--after takes refuse or re-enrol.');
    const scope = scopeOf(given);
    const extend = given.is('extend');
    if (extend) checkExtension(given, scope);
    const replacements = given.texts('replacement');
    const outcome = await scheduleFactor(services, {
      factor: id,
      by,
      ...(scope && { scope }),
      days: {
        announce: given.text('announce'),
        closeEnrolment: given.text('close-enrolment'),
        untilAndIncluding: given.text('until-and-including'),
        purge: given.text('purge'),
      },
      zone: given.text('zone'),
      after,
      replacements: replacements?.length === 1 && replacements[0] === 'none' ? [] : replacements,
      postponements: given.text('postponements') === 'none' ? 'none' : wholeNumber(given, 'postponements', 0, 1000),
      extend,
      reason: given.text('reason'),
      accepted: acceptedOf(given, extend),
      sendNow: given.is('send-now'),
      dryRun: given.is('dry-run'),
    });
    return outcome.ok
      ? changedAnswer(services, id, outcome.value)
      : refusedDates(outcome, writtenIn(given, id), services, given.text('zone'));
  },
};

export const factorUnschedule: Command = {
  noun: 'factor',
  verb: 'unschedule',
  summary: 'Lifts all dates of a kind of key, or those of one relying party or group.',
  argument: factor,
  options: [...scopes, ...accepting, sendNow, dryRun],
  needs: 'services',
  async run({ services, given, by }) {
    const id = argumentOf(given, 'factor');
    const scope = scopeOf(given);
    const outcome = await unscheduleFactor(services, {
      factor: id,
      by,
      ...(scope && { scope }),
      accepted: acceptedOf(given),
      sendNow: given.is('send-now'),
      dryRun: given.is('dry-run'),
    });
    return outcome.ok
      ? changedAnswer(services, id, outcome.value)
      : refusedDates(outcome, writtenIn(given, id), services);
  },
};

function scopeOf(given: Given): Scope | undefined {
  const [client, group] = [given.text('client'), given.text('group')];
  if (client !== undefined && group !== undefined) throw new UsageError('Give --client or --group, not both.');
  if (client !== undefined) return { kind: 'client', id: client };
  return group === undefined ? undefined : { kind: 'group', id: group };
}

const writtenIn = (given: Given, factor: string): Written => ({
  factor,
  client: given.text('client'),
  group: given.text('group'),
});

/** Of the dates an extension puts off the last day alone. */
function checkExtension(given: Given, scope: Scope | undefined): void {
  const until = given.text('until-and-including');
  if (scope === undefined)
    throw new UsageError('--extend goes with --client or --group; for one person: rekey person extend.');
  if (until === undefined || until === 'none')
    throw new UsageError(
      '--extend takes --until-and-including <day>; an extension is lifted by rekey factor unschedule.',
    );
  if (['announce', 'close-enrolment', 'purge'].some((name) => given.text(name) !== undefined))
    throw new UsageError('--extend puts off the last day alone: no --announce, --close-enrolment or --purge.');
}

interface Changed {
  readonly before: Schedule | undefined;
  readonly after: Schedule;
  readonly written: boolean;
  readonly looks: readonly Preflight[];
  readonly notes?: readonly string[];
  readonly mails: MailsListing;
}

function changedAnswer(
  { clock }: WithServices['services'],
  id: string,
  { before, after, written, looks: [look], notes = [], mails }: Changed,
) {
  const [was, is] = [listSchedule(before, clock.now()), listSchedule(after, clock.now())];
  const whom = look ? preflightLines(look, after.zone) : [];
  const end = written ? 'Written.' : 'Nothing was written (dry run).';
  const text = [
    table([[id, 'before', 'after'], ...linesOf(was, is)]),
    ...whom,
    ...notes,
    ...mailsLines(mails),
    end,
  ].join('\n');
  return answer(
    { factor: id, before: was, after: is, preflight: look ?? null, notes, mails: mails.due, written },
    text,
  );
}

function linesOf(was: ScheduleListing, is: ScheduleListing): readonly (readonly string[])[] {
  const line = (name: string, of: (listed: ScheduleListing) => string | null) => [name, of(was) ?? '–', of(is) ?? '–'];
  const ruleNames = [...new Set([...was.rules, ...is.rules].map((rule) => rule.for))];
  return [
    line('status', ({ status }) => status),
    line('announced from', ({ announceAt }) => announceAt),
    line('no enrolment from', ({ closeAt }) => closeAt),
    line('last day', ({ lastDay, zone }) => lastDay && `${lastDay} (${String(zone)})`),
    line('over from', ({ sunsetAt }) => sunsetAt),
    line('deletable from', ({ purgeAt }) => purgeAt),
    line('afterwards', ({ after }) => after),
    line('replaced by', ({ replacements }) => replacements.join(', ') || null),
    line('postponements', ({ postponements }) => (postponements === null ? null : String(postponements))),
    ...ruleNames.map((name) => line(name, ({ rules }) => rules.find((rule) => rule.for === name)?.lastDay ?? null)),
  ];
}
