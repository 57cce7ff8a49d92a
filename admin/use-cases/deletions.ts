/** Whose keys the dates of a factor would delete, and when: told beforehand, since it cannot be undone. */
import { circumstancesOf } from '../../accounts/circumstances.ts';
import type { FactorId } from '../../factors/contract.ts';
import { purgeInstant } from '../../factors/policy/purge-instant.ts';
import type { Schedule } from '../../factors/policy/types.ts';
import { bothInstants } from './date-words.ts';
import type { Alike } from './population.ts';

/** Disabled accounts are among them: their keys go too. */
export interface Deletion {
  /** ISO 8601, UTC: from then on. */
  readonly at: string;
  /** People of whom at least one key goes. */
  readonly people: number;
}

export interface Deletions {
  /** In order of time; what has come and is not done yet comes first. */
  readonly due: readonly Deletion[];
  /** People of whom keys of this factor were deleted by its dates, and are gone whatever the dates become. */
  readonly done: number;
  /** Relying parties with a day of deletion of their own, which deletes nothing. */
  readonly refusedAt: readonly string[];
}

export function deletionsOf(schedule: Schedule, population: readonly Alike[]): Deletions {
  const due = new Map<number, number>();
  for (const { person, accounts } of population) {
    if (!person.keys.some(({ factor, status }) => factor === schedule.factor && status !== 'off')) continue;
    const instant = purgeInstant(schedule, circumstancesOf(person));
    if (instant !== undefined) due.set(instant, (due.get(instant) ?? 0) + accounts);
  }
  return {
    due: [...due].toSorted(([a], [b]) => a - b).map(([at, people]) => ({ at: new Date(at).toISOString(), people })),
    done: alreadyDeleted(schedule.factor, population),
    refusedAt: schedule.rules.flatMap(({ scope, purgeAt }) =>
      scope.kind === 'client' && purgeAt !== undefined ? [scope.id] : [],
    ),
  };
}

export const alreadyDeleted = (factor: FactorId, population: readonly Alike[]): number =>
  population
    .filter(({ person }) => person.keys.some((key) => key.factor === factor && key.offBecause === 'purged'))
    .reduce((sum, { accounts }) => sum + accounts, 0);

/** @param now ms */
export function deletionsInWords({ due, done, refusedAt }: Deletions, zone: string, now: number): readonly string[] {
  const ahead = due.map(({ at, people }) => {
    const instant = Date.parse(at);
    const when = instant <= now ? 'within minutes' : `from ${bothInstants(instant, zone)} on`;
    return `The secrets of the keys of ${peopleInWords(people)} will be deleted ${when}; this cannot be undone.`;
  });
  const kept = refusedAt.map(
    (client) => `The day of deletion for sign-ins at ${client} only refuses there: the keys work elsewhere, and stay.`,
  );
  const gone = `The keys of ${peopleInWords(done)} were deleted by an earlier day of deletion; no change of dates brings them back.`;
  return [...ahead, ...kept, ...(done > 0 ? [gone] : [])];
}

const peopleInWords = (people: number): string => (people === 1 ? '1 person' : `${people} people`);
