/**
 * The dates by which the people of a list are judged, and those with which they are compared: dates that an
 * administrator may write with those in force, by the same pre-flight as `factor schedule`; or those in force with none.
 */
import type { FactorId } from '../../factors/contract.ts';
import { ruleFor, type Schedules } from '../../factors/policy/schedule-rules.ts';
import { done, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { datesAsked, type ScheduleRequest } from './factor-schedule.ts';
import { readInstant } from './instant-meant.ts';
import { lookAhead, tooMany } from './look-ahead.ts';
import { populationOf } from './population.ts';
import { zoneOfDates } from './zone-of-dates.ts';

export interface DatesCompared {
  readonly before: Schedules;
  readonly after: Schedules;
  /** ms */
  readonly at: number;
  readonly zone: string;
}

/** Dates for everybody that are not written yet. */
export type PlannedDates = Omit<ScheduleRequest, 'factor' | 'scope' | 'extend' | 'dryRun'>;

interface Asked {
  readonly factor: FactorId;
  /** As an administrator writes it. */
  readonly at?: string | undefined;
  readonly planned?: PlannedDates | undefined;
}

type Parts = Pick<Services, 'people' | 'settings' | 'registry' | 'schedules' | 'clock'>;

export const datesCompared = (services: Parts, { factor, at, planned }: Asked): Promise<Outcome<DatesCompared>> =>
  planned === undefined ? inForce(services, factor, at) : asPlanned(services, { ...planned, factor }, at);

/** Without a time: when everybody's last day is over, if that is to come, otherwise now. */
async function inForce(
  { schedules, clock, settings }: Parts,
  factor: FactorId,
  written: string | undefined,
): Promise<Outcome<DatesCompared>> {
  const after = await schedules.current();
  const schedule = Object.hasOwn(after, factor) ? after[factor] : undefined;
  const { [factor]: _own, ...before } = after;
  const zone = zoneOfDates(settings, schedule);
  const now = clock.now();
  const end = ruleFor(schedule, { kind: 'all' })?.sunsetAt ?? now;
  const at = written === undefined ? done(Math.max(now, end)) : readInstant(written, zone);
  return at.ok ? done({ before, after, at: at.value, zone }) : at;
}

/** Without a time: the instant of which the dry run tells. */
async function asPlanned(
  services: Parts,
  request: ScheduleRequest,
  written: string | undefined,
): Promise<Outcome<DatesCompared>> {
  const { factor } = request;
  const asked = await datesAsked(services, request);
  if (!asked.ok) return asked;
  const { zone } = asked.value.after;
  const before = asked.value.looked.schedules;
  const after = { ...before, [factor]: asked.value.after };
  if (written !== undefined) {
    const at = readInstant(written, zone);
    return at.ok ? done({ before, after, at: at.value, zone }) : at;
  }
  const population = await populationOf(services).catch(tooMany);
  if ('ok' in population) return population;
  const [look] = await lookAhead(services, { factor, before, after, population });
  return done({ before, after, at: look?.at ?? services.clock.now(), zone });
}
