/**
 * The states that the dates of a factor have had: number, when, who, why, and what each changed. Days of single people
 * are stored with their accounts and are not part of it.
 */
import type { Schedule } from '../../factors/policy/types.ts';
import { statesKept, type ScheduleState } from '../../schedules/schedule-history.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { bothInstants } from './date-words.ts';
import { listSchedule, type ScheduleListing } from './factor-list.ts';
import { differenceInWords } from './schedule-words.ts';

export interface StateListing {
  readonly number: number;
  /** ISO 8601, UTC; `null`: before states were stored. */
  readonly at: string | null;
  /** The same in the zone of that state, with UTC beside it. */
  readonly when: string;
  readonly by: string | null;
  readonly reason: string | null;
  readonly acceptedStranded: number | null;
  /** The state that it restored. */
  readonly restores: number | null;
  /** Whether it is the present state. */
  readonly inForce: boolean;
  /** The differences from the state before; the oldest stored state is shown whole. */
  readonly changes: readonly string[];
  readonly dates: ScheduleListing;
}

export interface History {
  readonly factor: string;
  /** How many states are stored at most. */
  readonly kept: number;
  /** The newest first. */
  readonly states: readonly StateListing[];
}

export async function historyOf(
  { registry, schedules, clock }: Pick<Services, 'registry' | 'schedules' | 'clock'>,
  factor: string,
): Promise<Outcome<History>> {
  const states = await schedules.history(factor);
  // A factor that is no longer installed may have had dates.
  if (states.length === 0 && !registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  const now = clock.now();
  return done({
    factor,
    kept: statesKept,
    states: states.map((state, index) => listState(state, states[index + 1]?.schedule, index === 0, now)),
  });
}

function listState(
  { number, at, by, reason, acceptedStranded, restores, schedule }: ScheduleState,
  before: Schedule | undefined,
  inForce: boolean,
  now: number,
): StateListing {
  return {
    number,
    at: at === null ? null : new Date(at).toISOString(),
    when: at === null ? 'before states were kept' : bothInstants(at, schedule.zone),
    by,
    reason: reason ?? null,
    acceptedStranded: acceptedStranded ?? null,
    restores: restores ?? null,
    inForce,
    changes: differenceInWords(before, schedule),
    dates: listSchedule(schedule, now),
  };
}
