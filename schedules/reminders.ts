/**
 * Mails to people about the last days of factors (ASVS 6.4.5): announcements, reminders, and corrections of earlier
 * mails that are no longer true. The leader sends each once. What the person was told is stored in the account, in the
 * same write as the pending mail, so that neither a crash nor a second node queues it twice, or not at all. The audit
 * event `person.reminded` or `person.date-corrected` is written once the mail server has accepted the mail; if the mail
 * is given up or recalled, what the person was told before counts again.
 */
import type { Logger } from 'pino';
import type { Clock } from '../time/clock.ts';
import { allPages } from '../adapters/storage/all-pages.ts';
import { TooManyToCount } from '../adapters/storage/port.ts';
import type { People } from '../accounts/person-store.ts';
import type { PersonalEnd } from '../accounts/personal-dates.ts';
import { recipientOf, recipientOfKey, type Recipient } from '../accounts/recipients.ts';
import type { OutgoingMessage, Person } from '../accounts/person.ts';
import {
  createBackgroundWork,
  sharedRun,
  type BackgroundWork,
  type SharedRun,
  type Timer,
  type WatchedLeadership,
} from '../time/background-work.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';
import { dayOf } from '../time/calendar.ts';
import { withDateMails, withoutDateMail, type ServiceName } from './date-mails.ts';
import { plannedMails, type DatesAndStates, type MailRules, type PlannedMail } from './planned-mails.ts';
import { afterQuietHours } from './quiet-hours.ts';

export interface Reminders {
  /** Does rounds at intervals. */
  start(): void;
  /** Waits for the running round, which ends soon. */
  stop(): Promise<void>;
  /**
   * Queues all mails that are due now; returns for how many people. Rejects with `StorageUnavailable`; another call
   * goes on.
   */
  round(): Promise<number>;
  /**
   * The outbox gave up or recalled a message of this id: if it named a last day, what the person was told before counts
   * again.
   */
  givenUp(id: string, message: OutgoingMessage): Promise<void>;
}

export interface ReminderParts extends MailRules {
  readonly people: Pick<People, 'page' | 'change' | 'personalEnds' | 'recipients' | 'withMailHoldOver'>;
  readonly dates: () => Promise<DatesAndStates>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly serviceName: ServiceName;
  readonly leader?: WatchedLeadership;
  readonly scheduler?: Scheduler;
}

const lookEvery = 60_000;
const pageSize = 100;
/** Pause (ms) after a page, and for each mail of it: codes that people wait for use the same outbox. */
const rest = { page: 20, mail: 50 };

interface Context extends ReminderParts {
  readonly work: BackgroundWork;
  readonly lookTimer: Timer;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly round: SharedRun<number>;
  /** The wave (`waveOf`) that is complete: everybody was told. */
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
      const person = whenTaken?.person;
      if (person !== undefined) await people.change(person, (current) => withoutDateMail(current, id));
    },
    start() {
      lookIn(context, lookEvery);
      parts.leader?.onElected(() => lookIn(context, 0));
    },
    async stop() {
      await work.stop(async () => wake?.());
      await context.round.underWay?.catch(() => undefined);
    },
    round: () => context.round.run(),
  };
}

const goesOn = ({ work, leader }: Context): boolean => !work.stopped && leader?.isLeader() !== false;

async function remindEverybody(context: Context): Promise<number> {
  if (!goesOn(context)) return 0;
  const { people, clock } = context;
  const dates = await context.dates();
  let reminded = await remindHeld(context, dates);
  const wave = waveOf(context, dates, await people.personalEnds(), clock.now());
  if (wave === '' || wave === context.finished) return reminded;
  if (await isAnybodyDue(context, dates, clock.now())) {
    for await (const items of allPages(people, pageSize)) {
      // A round may take hours: dates that are moved or removed meanwhile are announced as they are then, or not at
      // all.
      const current = await context.dates();
      const before = reminded;
      for (const { id, value } of items) {
        if (!goesOn(context)) return reminded;
        const now = clock.now();
        if (dueTo(context, value, current, now).length === 0) continue;
        if (await people.change(id, (person) => remind(context, person, current, now))) reminded += 1;
      }
      await context.pause(rest.page + rest.mail * (reminded - before));
    }
  }
  context.finished = wave;
  return reminded;
}

/** People whose own dates were changed a while ago: they get their mails without a round over all accounts. */
async function remindHeld(context: Context, dates: DatesAndStates): Promise<number> {
  const { people, clock } = context;
  let reminded = 0;
  for (const { id } of await people.withMailHoldOver(clock.now())) {
    if (!goesOn(context)) return reminded;
    const now = clock.now();
    let told = false;
    await people.change(id, (person) => {
      const after = remind(context, person, dates, now);
      told = after !== undefined;
      return withoutHolds(context, after ?? person, dates, now);
    });
    if (told) reminded += 1;
  }
  return reminded;
}

/** Holds that are not over, and holds of mails that wait for the end of quiet hours, stay. */
function withoutHolds(
  context: Context,
  { mailHold = {}, ...person }: Person,
  { schedules }: DatesAndStates,
  now: number,
): Person {
  const left = Object.entries(mailHold).filter(
    ([factor, { from }]) => from > now || isQuiet(context, schedules[factor]?.zone, now),
  );
  return left.length > 0 ? { ...person, mailHold: Object.fromEntries(left) } : person;
}

const isQuiet = ({ quiet, zone }: MailRules, zoneOfDates: string | undefined, now: number): boolean =>
  afterQuietHours(quiet, now, zone ?? zoneOfDates ?? 'UTC') !== now;

/** Whether it is worth reading all accounts. Also if accounts differ in more ways than a store counts. */
async function isAnybodyDue(context: Context, dates: DatesAndStates, now: number): Promise<boolean> {
  try {
    const kinds = await context.people.recipients();
    return kinds.some(({ key }) => dueOf(context, recipientOfKey(key), dates, now).length > 0);
  } catch (error) {
    if (error instanceof TooManyToCount) return true;
    throw error;
  }
}

/**
 * The mails that any person could get now, also those with last days of their own, and the day: the text stays the same
 * as long as no person can get a new mail. Empty while no mail may be sent.
 */
const waveOf = (
  rules: MailRules,
  { schedules, states }: DatesAndStates,
  personal: readonly PersonalEnd[],
  now: number,
): string =>
  Object.values(schedules)
    .filter(({ factor, zone }) => rules.isOffered(factor) && !isQuiet(rules, zone, now))
    .flatMap(({ factor, zone, rules: dates }) => {
      const state = states[factor];
      if (now < (state?.from ?? now) || (dates.length === 0 && !state)) return [];
      const own = personal.filter((end) => end.factor === factor);
      const isAhead = [...dates.map(({ sunsetAt }) => sunsetAt), ...own.map(({ instant }) => instant)].some(
        (end) => end !== undefined && now < end,
      );
      const announced = dates.map(({ announceAt }) => announceAt !== undefined && announceAt <= now);
      return [JSON.stringify([factor, dates, state, isAhead ? [dayOf(now, zone), own, announced] : []])];
    })
    .join('\n');

const dueOf = (rules: MailRules, recipient: Recipient, dates: DatesAndStates, now: number): readonly PlannedMail[] =>
  plannedMails(recipient, dates, rules, now).filter(({ at }) => at <= now);

function dueTo(rules: MailRules, person: Person, dates: DatesAndStates, now: number): readonly PlannedMail[] {
  const recipient = recipientOf(person);
  return recipient ? dueOf(rules, recipient, dates, now) : [];
}

function remind(context: Context, person: Person, dates: DatesAndStates, now: number): Person | undefined {
  const due = dueTo(context, person, dates, now);
  return due.length === 0 ? undefined : withDateMails(person, due, now, context.serviceName);
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
