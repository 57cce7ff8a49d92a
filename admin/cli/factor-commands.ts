/** `factor list`, `factor schedule` and `factor unschedule`. */
import type { Scope } from '../../factors/policy/types.ts';
import { TooManyToCount } from '../../adapters/storage/port.ts';
import { heldWithoutOffer, type HeldFactor } from '../use-cases/configuration-look.ts';
import { listFactors, type FactorListing } from '../use-cases/factor-list.ts';
import { scheduleFactor } from '../use-cases/factor-schedule.ts';
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
} from './command.ts';
import { accepting, acceptedOf, ifState, ifStateOf, sendNow, type Written } from './brake-options.ts';
import { heldInWords } from './config-people.ts';
import { dateOptions, datesGiven, listCommandFor } from './date-options.ts';
import { datesAnswer } from './dates-answer.ts';
import { schedulePerson } from './extension-commands.ts';
import { count, table } from './layout.ts';

export const factor = { name: 'factor', says: 'Its id, as `factor list` shows it.' };
const scopes: readonly Option[] = [
  { name: 'client', value: 'id', says: 'Only for sign-ins at this relying party.' },
  { name: 'group', value: 'name', says: 'Only for people of this group.' },
];

export const factorList: Command = {
  noun: 'factor',
  verb: 'list',
  summary: 'Lists the factors, with the status and the dates of each, and the disabled ones that people hold keys of.',
  options: [],
  needs: 'services',
  async run({ services }) {
    const held = await heldWithoutOffer(services).catch(notCounted);
    const gone = held.filter(({ installed }) => !installed).map(({ factor: id }) => id);
    const factors = await listFactors(services, gone);
    const head = ['factor', 'status', 'on offer', 'last day', 'zone', 'afterwards', 'replaced by'];
    const notes = held.map((one) => `${one.factor} ${heldInWords(one)}.`);
    const lines = [table([head, ...factors.flatMap(rows)]), ...factors.flatMap(whomLines)];
    return answer(
      factors.map((listed) => ({ ...listed, held: held.find((one) => one.factor === listed.id) ?? null })),
      [...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n'),
    );
  },
};

/** If accounts differ in too many ways to be counted, the list is shown without these numbers. */
function notCounted(error: unknown): readonly HeldFactor[] {
  if (!(error instanceof TooManyToCount)) throw error;
  return [];
}

/** The dates and their scopes, if there are any. */
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
  summary: 'Sets the dates of a factor. Dates that are not given stay as they are.',
  argument: factor,
  options: [
    ...dateOptions,
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
    ifState,
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
    const scope = scopeOf(given);
    const extend = given.is('extend');
    if (extend) checkExtension(given, scope);
    const outcome = await scheduleFactor(services, {
      factor: id,
      by,
      ...(scope && { scope }),
      ...datesGiven(given),
      postponements: given.text('postponements') === 'none' ? 'none' : wholeNumber(given, 'postponements', 0, 1000),
      extend,
      reason: given.text('reason'),
      accepted: acceptedOf(given),
      ifState: ifStateOf(given),
      sendNow: given.is('send-now'),
      dryRun: given.is('dry-run'),
    });
    return datesAnswer(
      services,
      outcome,
      { ...writtenIn(given, id), listCommand: listCommandFor(given, id) },
      given.text('zone'),
    );
  },
};

export const factorUnschedule: Command = {
  noun: 'factor',
  verb: 'unschedule',
  summary:
    'Removes all dates of a factor, or those of one relying party or group. `factor restore` restores them as a whole.',
  argument: factor,
  options: [...scopes, ...accepting, ifState, sendNow, dryRun],
  needs: 'services',
  async run({ services, given, by }) {
    const id = argumentOf(given, 'factor');
    const scope = scopeOf(given);
    const outcome = await unscheduleFactor(services, {
      factor: id,
      by,
      ...(scope && { scope }),
      reason: given.text('reason'),
      accepted: acceptedOf(given),
      ifState: ifStateOf(given),
      sendNow: given.is('send-now'),
      dryRun: given.is('dry-run'),
    });
    return datesAnswer(services, outcome, writtenIn(given, id));
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
  replacements: given.texts('replacement'),
});

/** An extension changes the last day alone. */
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
