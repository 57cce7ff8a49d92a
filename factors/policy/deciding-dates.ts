/**
 * Which of several dates of a factor holds for one person at one relying party, and why. The order, for the last day:
 *
 * 1. the person's own extension;
 * 2. else the earliest of: everybody's day (or, where it is later, the extension of the group or relying party that
 *    takes its place), the days of the
 *    relying party and of the person's groups, and an earlier day of the person's own.
 *
 * The other dates know no extensions: the earliest holds. What was extended is not deleted before it is over.
 */
import type { FactorId } from '../contract.ts';
import { dateNames, type DateName } from './schedule-rules.ts';
import type { PersonalDates, Schedule, ScheduleRule, Scope } from './types.ts';

/** What the dates depend on besides the schedule: the relying party, and the person's groups and own dates. */
export interface Circumstances {
  readonly client?: string;
  readonly groups?: readonly string[];
  readonly personal?: Readonly<Record<FactorId, PersonalDates>> | undefined;
}

/** The rule that gave a date. */
export type Decider =
  | { readonly kind: 'rule'; readonly scope: Scope }
  | { readonly kind: 'extension'; readonly scope: Scope }
  | { readonly kind: 'person' }
  | { readonly kind: 'person-extension' };

export interface DecidedDate {
  /** ms */
  readonly instant: number;
  readonly by: Decider;
}

export type DecidedDates = Readonly<Partial<Record<DateName, DecidedDate>>>;

export function decidingDates(schedule: Schedule, circumstances: Circumstances): DecidedDates {
  const rules = schedule.rules.filter((rule) => applies(rule.scope, circumstances));
  const personal = circumstances.personal?.[schedule.factor];
  const found: Partial<Record<DateName, DecidedDate>> = {};
  for (const name of dateNames) {
    const date = name === 'sunsetAt' ? lastDay(rules, personal) : earliest(dated(rules.filter(isPlain), name));
    if (date) found[name] = date;
  }
  const told = personal?.sunsetAt === undefined ? undefined : personal.announceAt;
  if (told !== undefined && told < (found.announceAt?.instant ?? Number.POSITIVE_INFINITY))
    found.announceAt = { instant: told, by: { kind: 'person' } };
  const { sunsetAt, purgeAt } = found;
  const isExtended = sunsetAt?.by.kind === 'extension' || sunsetAt?.by.kind === 'person-extension';
  if (isExtended && purgeAt && purgeAt.instant < sunsetAt.instant) found.purgeAt = sunsetAt;
  return found;
}

function lastDay(rules: readonly ScheduleRule[], personal: PersonalDates | undefined): DecidedDate | undefined {
  const plain = rules.filter(isPlain);
  const everybody = earliest(
    dated(
      plain.filter(({ scope }) => scope.kind === 'all'),
      'sunsetAt',
    ),
  );
  const extension = earliest(
    dated(
      rules.filter((rule) => !isPlain(rule)),
      'sunsetAt',
    ),
  );
  const general = everybody && extension && extension.instant > everybody.instant ? extension : everybody;
  const own: DecidedDate[] =
    personal?.sunsetAt === undefined ? [] : [{ instant: personal.sunsetAt, by: { kind: 'person' } }];
  const strictest = earliest([
    ...(general ? [general] : []),
    ...dated(
      plain.filter(({ scope }) => scope.kind !== 'all'),
      'sunsetAt',
    ),
    ...own,
  ]);
  const extendedTo = personal?.extendedTo;
  if (extendedTo === undefined || !strictest || extendedTo <= strictest.instant) return strictest;
  return { instant: extendedTo, by: { kind: 'person-extension' } };
}

const isPlain = (rule: ScheduleRule): boolean => rule.extends !== true;

const dated = (rules: readonly ScheduleRule[], name: DateName): readonly DecidedDate[] =>
  rules.flatMap((rule): DecidedDate[] => {
    const instant = rule[name];
    return instant === undefined
      ? []
      : [{ instant, by: { kind: isPlain(rule) ? 'rule' : 'extension', scope: rule.scope } }];
  });

/** The earliest date; of equal dates, the first of the list. */
const earliest = (dates: readonly DecidedDate[]): DecidedDate | undefined =>
  dates.reduce<DecidedDate | undefined>(
    (first, date) => (first && first.instant <= date.instant ? first : date),
    undefined,
  );

function applies(scope: Scope, { client, groups }: Circumstances): boolean {
  switch (scope.kind) {
    case 'all':
      return true;
    case 'client':
      return scope.id === client;
    case 'group':
      return groups?.includes(scope.id) ?? false;
  }
}
