/**
 * The whole retirement of a factor on one screen: its dates and extensions, future mails, who has it by cohort, how
 * fast people move, and how many are stranded after each day on which something ends: by a pre-flight at that instant,
 * over all accounts.
 */
import { dateNames, scopeName, type DateName, type Schedules } from '../../factors/policy/schedule-rules.ts';
import type { Schedule } from '../../factors/policy/types.ts';
import { dayOf, lastDayBefore, type Day } from '../../time/calendar.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { deletionsOf, type Deletions } from './deletions.ts';
import { listExtensions, type ExtensionListing } from './extension-list.ts';
import { factorProgress, stillOnIt, type Progress, type StillOnIt } from './factor-progress.ts';
import { listMails, type MailsListing } from './factor-mails.ts';
import { tooMany } from './look-ahead.ts';
import { populationOf, type Alike } from './population.ts';
import { preflight } from './preflight.ts';

export interface TimelineDate {
  readonly what: 'announced' | 'closed' | 'sunset' | 'purged';
  /** `all`, `client:<id>`, `group:<name>`. */
  readonly for: string;
  /** ISO 8601, UTC: from then on. */
  readonly at: string;
  /** Local day; for a sunset, the last one on which it signs in. */
  readonly day: Day;
  readonly over: boolean;
}

export interface StrandedAfter {
  /** Last day, and the instant (ISO 8601, UTC) at which it is over. */
  readonly day: Day;
  readonly at: string;
  readonly people: number;
}

export interface Timeline {
  readonly factor: string;
  readonly zone: string;
  readonly today: Day;
  readonly dates: readonly TimelineDate[];
  /** Whose keys are deleted on which day, and were. */
  readonly deletions: Deletions;
  readonly extensions: readonly ExtensionListing[];
  /** For everybody (`null`), and for each group with people who have it; the largest first. */
  readonly cohorts: readonly (StillOnIt & { readonly group: string | null })[];
  /** Future announcements, reminders and corrections, and the zone of their instants. */
  readonly mails: Pick<MailsListing, 'due' | 'zone'>;
  /** People with no key of another factor at the end of each day, computed back from now by the numbers that moved. */
  readonly curve: readonly { readonly day: Day; readonly people: number }[];
  readonly forecast: Progress['forecast'];
  readonly lastDay: Day | null;
  /** In order of time. */
  readonly stranded: readonly StrandedAfter[];
  /** Later days on which something ends, without a pre-flight. */
  readonly notLookedAt: number;
}

type Parts = Pick<Services, 'people' | 'settings' | 'registry' | 'schedules' | 'clock' | 'figures'>;

/** Each needs a pre-flight. */
const mostInstants = 24;
const mostCohorts = 20;
const curveDays = 60;

export async function factorTimeline(services: Parts, factor: string): Promise<Outcome<Timeline>> {
  const progress = await factorProgress(services, { factor });
  if (!progress.ok) return progress;
  const schedules = await services.schedules.current();
  const schedule = Object.hasOwn(schedules, factor) ? schedules[factor] : undefined;
  if (!schedule)
    return refuse('schedule_missing', `${factor} has no dates: \`rekey factor schedule ${factor} …\` sets them.`);
  const extensions = await listExtensions(services, factor);
  if (!extensions.ok) return extensions;
  const mails = await listMails(services, factor);
  if (!mails.ok) return mails;
  const population = await populationOf(services).catch(tooMany);
  if ('ok' in population) return population;
  const { zone } = schedule;
  const now = services.clock.now();
  const { forecast, lastDay } = progress.value;
  return done({
    factor,
    zone,
    today: dayOf(now, zone),
    dates: datesOf(schedule, now),
    deletions: deletionsOf(schedule, population),
    extensions: extensions.value,
    cohorts: await cohortsOf(services, population, factor, now),
    mails: { due: mails.value.due, zone: mails.value.zone },
    curve: curveOf(progress.value),
    forecast,
    lastDay,
    ...(await strandedAfter(services, { schedules, schedule, population, now })),
  });
}

const names: Readonly<Record<DateName, TimelineDate['what']>> = {
  announceAt: 'announced',
  closeAt: 'closed',
  sunsetAt: 'sunset',
  purgeAt: 'purged',
};

const datesOf = ({ rules, zone }: Schedule, now: number): readonly TimelineDate[] =>
  rules
    .flatMap((rule) =>
      dateNames.flatMap((name) => {
        const at = rule[name];
        return at === undefined ? [] : [{ name, at, whose: scopeName(rule.scope) }];
      }),
    )
    .toSorted((a, b) => a.at - b.at)
    .map(({ name, at, whose }) => ({
      what: names[name],
      for: whose,
      at: new Date(at).toISOString(),
      day: name === 'sunsetAt' ? lastDayBefore(at, zone) : dayOf(at, zone),
      over: at <= now,
    }));

async function cohortsOf(
  services: Parts,
  population: readonly Alike[],
  factor: string,
  at: number,
): Promise<Timeline['cohorts']> {
  const holding = population.filter(({ person }) =>
    person.keys.some((key) => key.factor === factor && key.status === 'active'),
  );
  const sizes = new Map<string, number>();
  for (const { person, accounts } of holding)
    for (const group of person.groups) sizes.set(group, (sizes.get(group) ?? 0) + accounts);
  const groups = [...sizes].toSorted(([, a], [, b]) => b - a).map(([group]) => group);
  return Promise.all(
    [null, ...groups.slice(0, mostCohorts)].map(async (group) => ({
      group,
      ...(await stillOnIt(services, holding, { factor, client: null, group, at })),
    })),
  );
}

function curveOf({ days, now }: Progress): Timeline['curve'] {
  let people = now.only;
  const back = days.toReversed().map(({ day, counts }) => {
    const point = { day, people };
    people += counts.moved;
    return point;
  });
  return back.slice(0, curveDays).toReversed();
}

async function strandedAfter(
  services: Parts,
  {
    schedules,
    schedule: { factor, rules, zone },
    population,
    now,
  }: {
    readonly schedules: Schedules;
    readonly schedule: Schedule;
    readonly population: readonly Alike[];
    readonly now: number;
  },
): Promise<Pick<Timeline, 'stranded' | 'notLookedAt'>> {
  const personal = (await services.people.personalEnds()).filter((end) => end.factor === factor);
  const ends = [...rules.flatMap(({ sunsetAt = [] }) => sunsetAt), ...personal.map(({ instant }) => instant)];
  const instants = [...new Set(ends)].toSorted((a, b) => a - b);
  const ahead = instants.filter((at) => at > now);
  const past = instants.filter((at) => at <= now).slice(-1);
  const looked = [...past, ...ahead].slice(0, mostInstants);
  const stranded: StrandedAfter[] = [];
  for (const at of looked) {
    const look = await preflight(services, {
      factor,
      before: schedules,
      after: schedules,
      at: Math.max(at, now),
      population,
    });
    stranded.push({ day: lastDayBefore(at, zone), at: new Date(at).toISOString(), people: look.stranded });
  }
  return { stranded, notLookedAt: past.length + ahead.length - looked.length };
}
