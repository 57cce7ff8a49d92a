/**
 * Daily figures of a factor: counts the events of the audit log by outcome, relying party and group. Pure. Each event
 * stands for one person in one sign-in, or for one change of a key. `fold-figures.ts` calls it for each part of the
 * log.
 */
import type { AuditEvent } from '../accounts/person.ts';
import type { FactorId } from '../factors/contract.ts';
import { dayOf, type Day } from '../time/calendar.ts';
import type { Head, Segment } from './hash-chain.ts';

/** What is counted, each with its meaning. */
export const outcomes = {
  asked: 'sign-ins in which the key was asked for',
  shown: 'dialogs shown',
  postponed: 'put off, once in a sign-in',
  'postponed-first': 'of these: people who had never put it off before',
  moved: 'people who had no key of another factor and got one',
  refused: 'sign-ins refused with this key by its last day, by people who have another way',
  stranded: 'sign-ins refused by its last day to people without another way',
  enrolled: 'keys of it that people activated',
  given: 'keys of it that an administrator handed out or imported',
  replaced: 'keys of it that went for another one',
  removed: 'keys of it that their owners removed',
  reset: 'keys of it that an administrator removed or handed out anew',
  deleted: 'people whose keys of it were deleted by its day of deletion',
  extended: 'people whose last day was put off',
  'extension-lifted': 'people for whom that was taken back',
} as const;
export type OutcomeName = keyof typeof outcomes;

/**
 * One count. `client` is `null` outside of a sign-in; `group` is `null` for everybody, and empty for the groups beyond
 * `mostGroups`. `to`: the factor to which the person moved.
 */
export interface FigureRow {
  readonly client: string | null;
  readonly group: string | null;
  readonly outcome: OutcomeName;
  readonly to: FactorId | null;
  readonly count: number;
}

/** The parts of one event that are counted. */
export interface Happened {
  readonly factor: FactorId;
  readonly day: Day;
  /** Number of the segment of the log. */
  readonly segment: number;
  readonly client: string | null;
  readonly groups: readonly string[];
  readonly outcome: OutcomeName;
  readonly to: FactorId | null;
}

/** A part of the log that is read at once. */
export interface Slice {
  readonly happened: readonly Happened[];
  readonly lines: number;
  readonly end: Head;
  /** When its first line was written (ms). */
  readonly begins: number;
}

/** Groups that are counted each on their own, for one factor and day; all further groups share one count. */
export const mostGroups = 200;

export interface Reading {
  readonly dayOf: (instant: number) => Day;
  /** Whether it is a fallback factor: a person who gets a first other key beside it has not moved. */
  readonly isFallback: (factor: FactorId) => boolean;
}

/** What the lines of a segment add, in their order. */
export function happenedIn({ number: segment, lines }: Segment, reading: Reading): readonly Happened[] {
  return lines.flatMap(({ event }) => {
    const counted = countedOf(event, reading);
    if (counted.length === 0) return [];
    const about = {
      day: reading.dayOf(event.at),
      segment,
      client: event.client ?? null,
      groups: textsOf(event.facts?.['groups']),
    };
    return counted.map(([factor, outcome, to = null]) => ({ ...about, factor, outcome, to }));
  });
}

type Counted = readonly [factor: FactorId, outcome: OutcomeName, to?: FactorId];

const plain: Readonly<Record<string, OutcomeName>> = {
  'retirement.asked': 'asked',
  'retirement.shown': 'shown',
  'retirement.refused': 'refused',
  'retirement.stranded': 'stranded',
  'keys.purged': 'deleted',
  'extension.given': 'extended',
  'extension.lifted': 'extension-lifted',
};

function countedOf(event: AuditEvent, reading: Reading): readonly Counted[] {
  const { action, factor, facts } = event;
  if (factor === undefined || !Number.isSafeInteger(event.at)) return [];
  const outcome = Object.hasOwn(plain, action) ? plain[action] : undefined;
  if (outcome) return [[factor, outcome]];
  switch (action) {
    case 'retirement.postponed':
      return facts?.['times'] === 1
        ? [
            [factor, 'postponed'],
            [factor, 'postponed-first'],
          ]
        : [[factor, 'postponed']];
    case 'key.on':
      return [[factor, facts?.['source'] === 'enrolled' ? 'enrolled' : 'given'], ...movedFrom(factor, facts, reading)];
    case 'key.off':
      return [[factor, offOf(event)]];
    default:
      return [];
  }
}

/** People who had keys of one factor alone, besides fallback factors, and get a key of another factor. */
function movedFrom(factor: FactorId, facts: AuditEvent['facts'], { isFallback }: Reading): readonly Counted[] {
  if (facts?.['source'] === 'imported' || isFallback(factor)) return [];
  const [only, ...more] = textsOf(facts?.['held']).filter((held) => !isFallback(held));
  return only === undefined || more.length > 0 || only === factor ? [] : [[only, 'moved', factor]];
}

function offOf({ actor, person, facts }: AuditEvent): OutcomeName {
  if (facts?.['because'] === 'replaced') return 'replaced';
  return facts?.['because'] === 'removed' && actor === person ? 'removed' : 'reset';
}

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

const quarter = 15 * 60_000;

/**
 * Returns a function that gives the local day of an instant (ms). It looks a quarter of an hour up once, since that
 * lies in one day of every zone: fast for instants close to one another.
 */
export function dayReader(zone: string): (instant: number) => Day {
  let [from, day] = [Number.NaN, ''];
  return (instant) => {
    const start = Math.floor(instant / quarter) * quarter;
    if (start !== from) [from, day] = [start, dayOf(instant, zone)];
    return day;
  };
}

const rowKey = ({ client, group, outcome, to }: Omit<FigureRow, 'count'>): string =>
  JSON.stringify([outcome, to, client, group]);

/** The rows with what happened added, in a fixed order. */
export function addedTo(rows: readonly FigureRow[], happened: readonly Happened[]): readonly FigureRow[] {
  const counts = new Map(rows.map((row) => [rowKey(row), row]));
  const groups = new Set(rows.flatMap(({ group }) => (group === null || group === '' ? [] : [group])));
  const add = (row: Omit<FigureRow, 'count'>): void => {
    const key = rowKey(row);
    counts.set(key, { ...row, count: (counts.get(key)?.count ?? 0) + 1 });
  };
  const named = (group: string): string => {
    if (!groups.has(group) && groups.size >= mostGroups) return '';
    groups.add(group);
    return group;
  };
  for (const { client, outcome, to, groups: own } of happened) {
    add({ client, group: null, outcome, to });
    for (const group of new Set(own.map(named))) add({ client, group, outcome, to });
  }
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
