/**
 * Reminders before the last day of a kind of key (ASVS 6.4.5): each once to everybody who has one, by the node that is the leader. The mark that one was
 * queued stands with the person, in the same write as the mail that is pending: neither a crash nor a second node queues it twice, or not at all. The
 * audit says `person.reminded` once the mail was taken; where it is given up the mark goes, and the next day's round reminds again.
 */
import { circumstancesOf } from '../accounts/circumstances.ts';
import type { Logger } from 'pino';
import type { Clock } from '../time/clock.ts';
import { allPages } from '../adapters/storage/all-pages.ts';
import { notice } from '../accounts/notices.ts';
import { addPending, type People } from '../accounts/person-store.ts';
import type { PersonalEnd } from '../accounts/personal-dates.ts';
import type { OutgoingMessage, PendingItem, Person } from '../accounts/person.ts';
import {
  createBackgroundWork,
  sharedRun,
  type BackgroundWork,
  type SharedRun,
  type Timer,
  type WatchedLeadership,
} from '../time/background-work.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';
import { dayOf, daysUntil, hourOf, lastDayBefore } from '../time/calendar.ts';
import type { FactorId } from '../factors/contract.ts';
import { effective, maySignIn } from '../factors/policy/lifecycle.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import type { EffectiveSchedule } from '../factors/policy/types.ts';

export interface Reminders {
  /** Looks from time to time. */
  start(): void;
  /** Waits for what is under way, which ends soon. */
  stop(): Promise<void>;
  /** Queues everything that is due now; for how many people. Rejects with `StorageUnavailable`: called again it goes on. */
  round(): Promise<number>;
  /** A message of this id was given up by the outbox: if it was a reminder, it is due again. */
  givenUp(id: string, message: OutgoingMessage): Promise<void>;
}

export interface ReminderParts {
  readonly people: Pick<People, 'page' | 'change' | 'personalEnds'>;
  readonly schedules: () => Promise<Schedules>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Days before the last day, in any order; none: nobody is reminded. */
  readonly daysBefore: readonly number[];
  /** Kinds that sign anybody in. */
  readonly isOffered: (factor: FactorId) => boolean;
  readonly leader?: WatchedLeadership;
  readonly scheduler?: Scheduler;
}

/** Nobody is written to at night. */
const fromHour = 9;
const lookEvery = 60_000;
const pageSize = 100;
/** ms of rest after a page, and for each mail of it: codes that somebody waits for go by the same way. */
const rest = { page: 20, mail: 50 };

type DueDates = Pick<EffectiveSchedule, 'sunsetAt' | 'zone'>;
interface Due {
  readonly sunsetAt: number;
  /** Which of the reminders it is, by its days. */
  readonly days: number;
}

/** The last reminder whose day has come, where the end has not; local days, from nine o'clock. */
export function dueReminder({ sunsetAt, zone }: DueDates, daysBefore: readonly number[], now: number): Due | undefined {
  if (sunsetAt === undefined || now >= sunsetAt || hourOf(now, zone) < fromHour) return undefined;
  const left = daysUntil(sunsetAt, now, zone) - 1;
  const reached = daysBefore.filter((days) => left <= days);
  return reached.length === 0 ? undefined : { sunsetAt, days: Math.min(...reached) };
}

interface Context extends ReminderParts {
  readonly work: BackgroundWork;
  readonly lookTimer: Timer;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly round: SharedRun<number>;
  /** The wave that everybody was told of already. */
  finished: string;
}

export function createReminders(parts: ReminderParts): Reminders {
  const { people, clock, scheduler = systemScheduler } = parts;
  const work = createBackgroundWork({ scheduler, clock });
  let wake: (() => void) | undefined;
  const context: Context = {
    ...parts,
    work,
    lookTimer: work.timer(),
    pause: (milliseconds) =>
      new Promise((resolve) => {
        wake = resolve;
        scheduler.after(milliseconds, resolve);
      }),
    round: sharedRun(() => remindEverybody(context)),
    finished: '',
  };
  return {
    async givenUp(id, { whenTaken }) {
      const { person, factor } = whenTaken ?? {};
      if (person === undefined || factor === undefined) return;
      await people.change(person, (current) => {
        const { [factor]: mark, ...others } = current.reminded ?? {};
        return mark?.message === id ? { ...current, reminded: others } : undefined;
      });
    },
    start() {
      if (parts.daysBefore.length === 0) return;
      lookIn(context, lookEvery);
      parts.leader?.onTaken(() => lookIn(context, 0));
    },
    async stop() {
      await work.stop(async () => wake?.());
      await context.round.underWay?.catch(() => undefined);
    },
    round: () => context.round.run(),
  };
}

const goesOn = ({ work, leader }: Context): boolean => !work.stopped && leader?.held() !== false;

async function remindEverybody(context: Context): Promise<number> {
  if (!goesOn(context)) return 0;
  const { people, clock } = context;
  const wave = waveOf(context, await context.schedules(), await people.personalEnds(), clock.now());
  if (wave === '' || wave === context.finished) return 0;
  let reminded = 0;
  for await (const items of allPages(people, pageSize)) {
    // A round may take hours: dates that are moved or lifted meanwhile are told as they then stand, or not at all.
    const schedules = await context.schedules();
    const before = reminded;
    for (const { id, value } of items) {
      if (!goesOn(context)) return reminded;
      const now = clock.now();
      if (dueTo(context, value, schedules, now).length === 0) continue;
      if (await people.change(id, (person) => remind(context, person, schedules, now))) reminded += 1;
    }
    await context.pause(rest.page + rest.mail * (reminded - before));
  }
  context.finished = wave;
  return reminded;
}

type Rules = Pick<ReminderParts, 'daysBefore' | 'isOffered'>;

/**
 * The reminders that are due, those before the last days of single persons included, and the day: the same text for as long as nobody can get a new one.
 * Empty when nothing is due.
 */
const waveOf = (
  { daysBefore, isOffered }: Rules,
  schedules: Schedules,
  personal: readonly PersonalEnd[],
  now: number,
): string =>
  Object.values(schedules)
    .filter(({ factor }) => isOffered(factor))
    .flatMap(({ factor, zone, rules }) =>
      [...rules, ...personal.filter((end) => end.factor === factor).map(({ instant }) => ({ sunsetAt: instant }))].map(
        (dates) => {
          const due = dueReminder({ ...dates, zone }, daysBefore, now);
          return due && [factor, JSON.stringify(dates), due.days, dayOf(now, zone)].join(' ');
        },
      ),
    )
    .filter((due) => due !== undefined)
    .join('\n');

function dueTo(
  { daysBefore, isOffered }: Rules,
  person: Person,
  schedules: Schedules,
  now: number,
): readonly (Due & EffectiveSchedule)[] {
  if (person.disabled || !person.email) return [];
  const held = new Set(person.keys.filter(({ status }) => status === 'active').map(({ factor }) => factor));
  return [...held].filter(isOffered).flatMap((factor) => {
    const schedule = schedules[factor];
    const dates = schedule && effective(schedule, circumstancesOf(person), now);
    // Nobody is told of dates that are not announced yet.
    if (!dates || dates.status === 'active' || !maySignIn(dates.status)) return [];
    const due = dueReminder(dates, daysBefore, now);
    const told = person.reminded?.[factor];
    if (!due || (told?.sunsetAt === due.sunsetAt && told.days <= due.days)) return [];
    return [{ ...dates, ...due }];
  });
}

function remind(rules: Rules, person: Person, schedules: Schedules, now: number): Person | undefined {
  const allDue = dueTo(rules, person, schedules, now);
  if (allDue.length === 0) return undefined;
  const reminders = allDue.map((due) => ({ due, ...reminderFor(person, due, now) }));
  const marks = reminders.map(({ due: { factor, sunsetAt, days }, message }) => [factor, { sunsetAt, days, message }]);
  return addPending(
    { ...person, reminded: { ...person.reminded, ...Object.fromEntries(marks) } },
    ...reminders.flatMap(({ items }) => items),
  );
}

async function look(context: Context): Promise<void> {
  try {
    const reminded = await context.round.run();
    if (reminded > 0) context.log.info({ event: 'people.reminded', count: reminded });
  } catch (error) {
    context.log.warn({ event: 'reminders.delayed', err: error });
  }
  lookIn(context, lookEvery);
}

const lookIn = (context: Context, milliseconds: number): void =>
  context.lookTimer.set(milliseconds, () => void look(context));

/** The mail, which carries the audit line for the moment at which it is taken. */
function reminderFor(
  person: Person,
  { factor, sunsetAt, days, zone }: Due & EffectiveSchedule,
  now: number,
): { readonly items: readonly PendingItem[]; readonly message: string | undefined } {
  const whenTaken = {
    actor: 'system',
    action: 'person.reminded',
    person: person.id,
    factor,
    facts: { daysBefore: days, lastDay: lastDayBefore(sunsetAt, zone) },
  };
  const items = notice(person, 'key_going', { factor, sunsetAt, zone }, now).map((item) =>
    item.kind === 'message' ? { ...item, message: { ...item.message, whenTaken } } : item,
  );
  return { items, message: items[0]?.id };
}
