/**
 * Deletes the secrets of keys whose day of deletion has come; a tombstone of each stays. Pure: the job of the leader
 * (`app/purge-round.ts`) writes what it returns.
 */
import { circumstancesOf } from '../accounts/circumstances.ts';
import { cohortOf } from '../accounts/cohort.ts';
import { auditLine } from '../accounts/notices.ts';
import type { Key, Person } from '../accounts/person.ts';
import type { FactorId } from '../factors/contract.ts';
import { withoutSecrets } from './key-changes.ts';
import { purgeInstant } from '../factors/policy/purge-instant.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';

/** Factors of which this account has keys with secrets that are to be deleted at this instant (ms). */
export const factorsToPurge = (person: Person, schedules: Schedules, now: number): readonly FactorId[] =>
  [...new Set(person.keys.filter(({ status }) => status !== 'off').map(({ factor }) => factor))].filter((factor) => {
    const schedule = Object.hasOwn(schedules, factor) ? schedules[factor] : undefined;
    const instant = schedule && purgeInstant(schedule, circumstancesOf(person));
    return instant !== undefined && instant <= now;
  });

/**
 * The account with tombstones in their place, and an audit event for each factor; `undefined`: nothing is to be
 * deleted. A tombstone raises the bar for new keys as the key did.
 */
export function withoutPurgedKeys(person: Person, schedules: Schedules, now: number): Person | undefined {
  const factors = factorsToPurge(person, schedules, now);
  if (factors.length === 0) return undefined;
  const isDue = ({ factor, status }: Key) => status !== 'off' && factors.includes(factor);
  const lines = factors.map((factor) =>
    auditLine({
      at: now,
      actor: 'system',
      action: 'keys.purged',
      person: person.id,
      factor,
      facts: {
        keys: person.keys
          .filter((key) => isDue(key) && key.factor === factor)
          .map(({ id, detail }) => ({ id, detail })),
        ...cohortOf(person),
      },
    }),
  );
  return {
    ...person,
    keys: person.keys.map((key) => (isDue(key) ? tombstone(key, now) : key)),
    pending: [...person.pending, ...lines],
  };
}

const tombstone = (key: Key, now: number): Key => ({
  ...withoutSecrets(key),
  status: 'off',
  offAt: now,
  offBecause: 'purged',
});

/** The account as it would be if nothing had been deleted: for the decider alone, never written. */
export const beforePurge = (person: Person): Person => ({
  ...person,
  keys: person.keys.map((key) => {
    if (key.offBecause !== 'purged') return key;
    const { offAt: _at, offBecause: _why, ...rest } = key;
    return { ...rest, status: 'active' };
  }),
});
