/**
 * How far people are with leaving a factor: how many hold it now, by the shapes of all accounts; what happened day by
 * day, by the figures of the audit log; and where that leads by the last day. Counts what is new in the log first, so
 * that the figures are of this moment whether a server runs or not.
 */
import type { DayFigures } from '../../audit/figure-store.ts';
import { outcomes, type OutcomeName } from '../../audit/figures.ts';
import type { FoldOptions } from '../../audit/fold-figures.ts';
import { decidingDates } from '../../factors/policy/deciding-dates.ts';
import { addDays, dayOf, daysUntil, isDay, lastDayBefore, type Day } from '../../time/calendar.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { forecastOf, type Forecast } from './forecast.ts';
import { tooMany } from './look-ahead.ts';
import { populationOf, type Alike } from './population.ts';
import { preflight } from './preflight.ts';

export interface ProgressRequest {
  readonly factor: string;
  /** First and last day, `YYYY-MM-DD`; absent: from the first one that was counted, until today. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Only what happened in sign-ins at this relying party, and who is stranded there. */
  readonly client?: string | undefined;
  /** Only people of this group, as it was when it happened. */
  readonly group?: string | undefined;
}

/** How often, by outcome; `movedTo` by the factor. */
export interface Counts {
  readonly counts: Readonly<Record<OutcomeName, number>>;
  readonly movedTo: Readonly<Record<string, number>>;
}

export interface DayCounts extends Counts {
  readonly day: Day;
}

/** People, by the accounts as they are; disabled ones apart. */
export interface StillOnIt {
  readonly people: number;
  /** Have no working key of another factor, except of fallback factors. */
  readonly only: number;
  /** Could not sign in now. */
  readonly stranded: number;
  readonly disabled: number;
}

export interface Progress extends Counts {
  readonly factor: string;
  readonly client: string | null;
  readonly group: string | null;
  /** The zone of the days. */
  readonly zone: string;
  readonly since: Day;
  readonly until: Day;
  /** ISO 8601, UTC */
  readonly at: string;
  readonly now: StillOnIt;
  readonly lastDay: Day | null;
  readonly days: readonly DayCounts[];
  readonly forecast: Forecast;
}

type Parts = Pick<Services, 'people' | 'settings' | 'registry' | 'schedules' | 'clock' | 'figures'>;

export async function factorProgress(
  services: Parts,
  request: ProgressRequest,
  options?: FoldOptions,
): Promise<Outcome<Progress>> {
  const { factor, client = null, group = null } = request;
  const refused = await whyNot(services, request);
  if (refused) return refused;
  const { figures, clock, schedules } = services;
  const zone = await figures.zone();
  const at = clock.now();
  const today = dayOf(at, zone);
  const range = rangeOf(request, today);
  if (!range.ok) return range;
  await figures.fold(options);
  const population = await populationOf(services).catch(tooMany);
  if ('ok' in population) return population;
  const all = await figures.daysOf(factor, undefined, today);
  const { since = all[0]?.day ?? today, until } = range.value;
  const found = new Map(all.map((one) => [one.day, countsOf([one], client, group)]));
  const first = all[0]?.day ?? today;
  const days = daysFrom(since < first ? first : since, until).map((day) => ({ day, ...(found.get(day) ?? nothing) }));
  const schedule = (await schedules.current())[factor];
  const end =
    schedule &&
    decidingDates(schedule, { ...(client === null ? {} : { client }), groups: group === null ? [] : [group] }).sunsetAt
      ?.instant;
  const now = await stillOnIt(services, population, { factor, client, group, at });
  return done({
    factor,
    client,
    group,
    zone,
    since,
    until,
    at: new Date(at).toISOString(),
    now,
    lastDay: end === undefined ? null : lastDayBefore(end, schedule?.zone ?? zone),
    ...countsOf(
      all.filter(({ day }) => day >= since && day <= until),
      client,
      group,
    ),
    days,
    forecast: forecastOf({
      left: now.only,
      daysLeft: end === undefined ? undefined : daysUntil(end, at, schedule?.zone ?? zone),
      moved: movesBefore(today, all, group),
      isOfClient: client !== null,
    }),
  });
}

async function whyNot(services: Parts, { factor, client, group }: ProgressRequest) {
  if (!services.registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  if (client !== undefined && !services.settings.clients.some(({ id }) => id === client))
    return refuse('client_unknown', `There is no relying party ${client}.`);
  if (group !== undefined && !(await services.people.hasGroup(group)))
    return refuse('group_unknown', `Nobody is of a group ${group}.`);
  return undefined;
}

function rangeOf(
  { since, until }: ProgressRequest,
  today: Day,
): Outcome<{ readonly since?: Day; readonly until: Day }> {
  const wrong = [since, until].find((day) => day !== undefined && !isDay(day));
  if (wrong !== undefined) return refuse('day_invalid', `${wrong} is no day, or out of range; write it as 2024-01-30.`);
  const future = [since, until].find((day) => day !== undefined && day > today);
  if (future !== undefined) return refuse('range_in_future', `${future} is still to come: today is ${today}.`);
  if (since !== undefined && until !== undefined && since > until)
    return refuse('range_reversed', `The first day (${since}) comes after the last one (${until}).`);
  return done({ until: until ?? today, ...(since === undefined ? {} : { since }) });
}

const zeros = Object.fromEntries(Object.keys(outcomes).map((name) => [name, 0])) as Record<OutcomeName, number>;
const nothing: Counts = { counts: zeros, movedTo: {} };

/** @param client `null`: at all of them, and outside of sign-ins @param group `null`: everybody */
function countsOf(figures: readonly DayFigures[], client: string | null, group: string | null): Counts {
  const counts = { ...zeros };
  const movedTo: Record<string, number> = {};
  for (const { rows } of figures)
    for (const { outcome, to, count, ...row } of rows) {
      if (row.group !== group || (client !== null && row.client !== client)) continue;
      counts[outcome] += count;
      if (to !== null) movedTo[to] = (movedTo[to] ?? 0) + count;
    }
  return { counts, movedTo };
}

function daysFrom(since: Day, until: Day): readonly Day[] {
  const days: Day[] = [];
  for (let day = since; day <= until; day = addDays(day, 1)) days.push(day);
  return days;
}

/** How many people moved on each of the whole days that were counted; the last day is yesterday. */
function movesBefore(today: Day, all: readonly DayFigures[], group: string | null): readonly number[] {
  const first = all[0]?.day;
  if (first === undefined) return [];
  const moved = new Map(all.map((one) => [one.day, countsOf([one], null, group).counts.moved]));
  return daysFrom(first, addDays(today, -1)).map((day) => moved.get(day) ?? 0);
}

export async function stillOnIt(
  services: Parts,
  everybody: readonly Alike[],
  {
    factor,
    client,
    group,
    at,
  }: { readonly factor: string; readonly client: string | null; readonly group: string | null; readonly at: number },
): Promise<StillOnIt> {
  const population = group === null ? everybody : everybody.filter(({ person }) => person.groups.includes(group));
  const schedules = await services.schedules.current();
  const look = await preflight(services, { factor, before: schedules, after: schedules, at, population });
  const fates = client === null ? look : look.byClient.find((one) => one.client === client);
  const isOther = (kind: string) => kind !== factor && services.registry.get(kind)?.traits.fallback !== true;
  const only = population.filter(({ person: { disabled, keys } }) => {
    const working = keys.filter(({ status }) => status === 'active').map((key) => key.factor);
    return !disabled && working.includes(factor) && !working.some(isOther);
  });
  return {
    people: look.touched,
    only: only.reduce((sum, { accounts }) => sum + accounts, 0),
    stranded: fates?.stranded ?? 0,
    disabled: look.disabled,
  };
}
