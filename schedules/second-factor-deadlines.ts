/** Converts the local days from which a second step is compulsory, in the configuration, to instants. */
import { endOfDay, startOfDay } from '../time/calendar.ts';
import { dayMeant } from './parse-days.ts';
import type { SecondFactorDeadline } from '../factors/policy/second-step.ts';
import { defined } from '../accounts/defined.ts';

/** `signIn.secondFactorDeadlines` of the configuration; days are `YYYY-MM-DD`, or `in N days` counted from the start. */
export interface ConfiguredDeadline {
  readonly client?: string | undefined;
  readonly group?: string | undefined;
  /** First day on which people are told. */
  readonly announce?: string | undefined;
  /** First day on which it is compulsory: this one, or `voluntaryUntilAndIncluding`. */
  readonly from?: string | undefined;
  /** Last day on which it is optional. */
  readonly voluntaryUntilAndIncluding?: string | undefined;
  readonly zone: string;
}

/** Throws a RangeError for a day or a zone that does not exist: the configuration was checked before. */
export function deadlinesFrom(configured: readonly ConfiguredDeadline[], now: number): readonly SecondFactorDeadline[] {
  const instant = (day: string, zone: string, of: typeof startOfDay) => of(dayMeant(day, zone, now) ?? day, zone);
  return configured.map(({ client, group, announce, from, voluntaryUntilAndIncluding = '', zone }) => ({
    ...defined({ client, group }),
    ...(announce === undefined ? {} : { announceAt: instant(announce, zone, startOfDay) }),
    from: from === undefined ? instant(voluntaryUntilAndIncluding, zone, endOfDay) : instant(from, zone, startOfDay),
    zone,
  }));
}
