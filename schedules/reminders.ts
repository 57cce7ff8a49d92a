/**
 * Mails to people about the last days of factors (ASVS 6.4.5): announced, reminded, and corrected where what they were told no longer holds; each once, by the node
 * that is the leader. The mark of what was told stands with the person, in the same write as the mail that is pending: neither a crash nor a second node
 * queues it twice, or not at all. The audit says `person.reminded` or `person.date-corrected` once the mail was taken; where it is given up, or does not
 * leave any more, what was told before counts again.
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
  /** Looks from time to time. */
  start(): void;
  /** Waits for what is under way, which ends soon. */
  stop(): Promise<void>;
  /** Queues everything that is due now; for how many people. Rejects with `StorageUnavailable`: called again it goes on. */
  round(): Promise<number>;
  /** A message of this id was given up by the outbox, or recalled: if it told of a last day, what was told before counts again. */
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
/** ms of rest after a page, and for each mail of it: codes that somebody waits for go by the same way. */
const rest = { page: 20, mail: 50 };

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
      const person = whenTaken?.person;
      if (person !== undefined) await people.change(person, (current) => withoutDateMail(current, id));
    },
    start() {
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
  const dates = await context.dates();
  let reminded = await remindHeld(context, dates);
  const wave = waveOf(context, dates, await people.personalEnds(), clock.now());
  if (wave === '' || wave === context.finished) return reminded;
  if (await isAnybodyDue(context, dates, clock.now())) {
    for await (const items of allPages(people, pageSize)) {
      // A round may take hours: dates that are moved or lifted meanwhile are told as they then stand, or not at all.
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

/** People whose own dates were changed a while ago: told by themselves, since nobody else is to be looked at for them. */
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

/** Those that are not over, and those that quiet hours keep up, stay. */
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

/** Whether reading everybody is worth it. Where accounts differ in too many ways to be counted it is. */
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
 * What anybody could be told of now, those with last days of their own included, and the day: the same text for as long as nobody can get a new mail. Empty
 * while nothing may leave.
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
