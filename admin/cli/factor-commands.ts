import type { Schedule, Scope } from '../../factors/policy/types.ts';
import { nearest } from '../../config/did-you-mean.ts';
import type { Refusal } from '../refusals.ts';
import type { Accepted } from '../use-cases/brake.ts';
import type { Preflight } from '../use-cases/preflight.ts';
import { listFactors, listSchedule, type FactorListing, type ScheduleListing } from '../use-cases/factor-list.ts';
import { scheduleFactor } from '../use-cases/factor-schedule.ts';
import { unscheduleFactor } from '../use-cases/factor-unschedule.ts';
import {
  answer,
  argumentOf,
  dryRun,
  exits,
  refusedAnswer,
  UsageError,
  wholeNumber,
  type Command,
  type Given,
  type Option,
  type WithServices,
} from './command.ts';
import { table } from './layout.ts';
import { preflightLines } from './preflight-lines.ts';

const factor = { name: 'factor', says: 'Its id, as `factor list` shows it.' };
const accepting: readonly Option[] = [
  {
    name: 'accept-stranded',
    value: 'number',
    says: 'Goes on although so many people would be left without a way in; 0 for a day that is over or near.',
  },
  { name: 'reason', value: 'text', says: 'Why that is accepted; it stands in the audit log.' },
];
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
    return answer(factors, table([head, ...factors.flatMap(rows)]));
  },
};

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
    ...accepting,
    dryRun,
  ],
  examples: [
    'rekey factor schedule token-card --until-and-including 2024-01-30 --zone Europe/Brussels --dry-run',
    'rekey factor schedule token-card --close-enrolment none',
  ],
  needs: 'services',
  async run({ services, given, by }) {
    const id = argumentOf(given, 'factor');
    const after = given.text('after');
    if (after !== undefined && after !== 'refuse' && after !== 're-enrol')
      throw new UsageError('--after takes refuse or re-enrol.');
    const scope = scopeOf(given);
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
      accepted: acceptedOf(given),
      dryRun: given.is('dry-run'),
    });
    if (!outcome.ok)
      return outcome.looks?.[0]
        ? brakedAnswer(outcome.refusals, outcome.looks[0], given.text('zone') ?? 'UTC')
        : refusedAnswer(withHint(outcome.refusals, id, services));
    const { before, looks, written } = outcome.value;
    return changedAnswer(services, id, before, outcome.value.after, written, looks[0]);
  },
};

export const factorUnschedule: Command = {
  noun: 'factor',
  verb: 'unschedule',
  summary: 'Lifts all dates of a kind of key, or those of one relying party or group.',
  argument: factor,
  options: [...scopes, dryRun],
  needs: 'services',
  async run({ services, given, by }) {
    const id = argumentOf(given, 'factor');
    const scope = scopeOf(given);
    const outcome = await unscheduleFactor(services, {
      factor: id,
      by,
      ...(scope && { scope }),
      dryRun: given.is('dry-run'),
    });
    if (!outcome.ok) return refusedAnswer(withHint(outcome.refusals, id, services));
    return changedAnswer(services, id, outcome.value.before, outcome.value.after, outcome.value.written);
  },
};

function scopeOf(given: Given): Scope | undefined {
  const [client, group] = [given.text('client'), given.text('group')];
  if (client !== undefined && group !== undefined) throw new UsageError('Give --client or --group, not both.');
  if (client !== undefined) return { kind: 'client', id: client };
  return group === undefined ? undefined : { kind: 'group', id: group };
}

function brakedAnswer(refusals: readonly Refusal[], look: Preflight, zone: string) {
  const says = refusals.map((refusal) => refusal.says);
  const text = [...preflightLines(look, zone), ...says, 'Nothing was written.'].join('\n');
  return answer({ refused: refusals, preflight: look }, text, exits.refused);
}

function acceptedOf(given: Given): Accepted | undefined {
  const stranded = wholeNumber(given, 'accept-stranded', 0, 100_000_000);
  const reason = given.text('reason');
  if (stranded === undefined && reason === undefined) return undefined;
  if (stranded === undefined) throw new UsageError('--reason goes with --accept-stranded.');
  return { stranded, reason: reason ?? '' };
}

function withHint(
  refusals: readonly Refusal[],
  id: string,
  { registry }: WithServices['services'],
): readonly Refusal[] {
  const meant = nearest(
    id,
    registry.all().map((one) => one.id),
  );
  return refusals.map((refusal) =>
    refusal.code === 'factor_unknown' && meant !== undefined
      ? { ...refusal, says: `${refusal.says} Did you mean ${meant}?` }
      : refusal,
  );
}

function changedAnswer(
  { clock }: WithServices['services'],
  id: string,
  before: Schedule | undefined,
  after: Schedule,
  written: boolean,
  look?: Preflight,
) {
  const [was, is] = [listSchedule(before, clock.now()), listSchedule(after, clock.now())];
  const whom = look ? preflightLines(look, after.zone) : [];
  const end = written ? 'Written.' : 'Nothing was written (dry run).';
  const text = [table([[id, 'before', 'after'], ...linesOf(was, is)]), ...whom, end].join('\n');
  return answer({ factor: id, before: was, after: is, preflight: look ?? null, written }, text);
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
