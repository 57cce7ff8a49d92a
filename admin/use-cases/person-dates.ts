/**
 * A date of a factor for one person alone: later than everybody's (an extension, with bounds in the configuration),
 * earlier (a pilot, a lost batch of cards), or removed. A change that would strand the person needs the brake, like
 * every change of dates. Written with the audit event, in one change of the account; the mail about the new day is sent
 * an hour later (`schedules/reminders.ts`).
 */
import { cohortOf } from '../../accounts/cohort.ts';
import { auditLine } from '../../accounts/notices.ts';
import { addPending } from '../../accounts/person-store.ts';
import type { DayGiven, OwnDates, Person } from '../../accounts/person.ts';
import { recipientOf } from '../../accounts/recipients.ts';
import { withPersonalDates } from '../../accounts/personal-dates.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import type { Schedule } from '../../factors/policy/types.ts';
import { mailDelay } from '../../schedules/mail-states.ts';
import { mailRulesOf } from '../../schedules/mail-rules.ts';
import { plannedMails, type DatesAndStates } from '../../schedules/planned-mails.ts';
import { dayMeant } from '../../schedules/parse-days.ts';
import { endOfDay, startOfDay } from '../../time/calendar.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import type { IsHeld } from '../change-locks.ts';
import { underAdministratorsLock } from './account-write.ts';
import { brake, reasonFaults, type Accepted, type DatesOutcome } from './brake.ts';
import { bothInstants, deciderInWords, lastDayInWords } from './date-words.ts';
import { extendUnderLock, holdsActive } from './extension-bounds.ts';
import { deciding, extensionFaults, outlives, withoutExtension } from './extension-faults.ts';
import { outlivesReplacement } from './extension-replacement.ts';
import { lookAheadFor } from './look-ahead.ts';
import { noEffect } from './schedule-effects.ts';
import { findPerson } from './person-show.ts';
import type { Preflight } from './preflight.ts';

interface Asked {
  /** User name or id. */
  readonly person: string;
  readonly factor: string;
  /** For the audit. */
  readonly by: string;
  readonly reason?: string | undefined;
  readonly accepted?: Accepted | undefined;
  /** Only says what would happen. */
  readonly dryRun?: boolean;
  /** The mail is sent at once, and not after an hour. */
  readonly sendNow?: boolean;
}

/** Local days in the factor's zone; `none` removes a date. */
export interface ExtendRequest extends Asked {
  readonly untilAndIncluding: string;
}
export interface EarlierRequest extends Asked {
  readonly untilAndIncluding: string;
  readonly announce?: string | undefined;
}

export interface PersonalDay {
  readonly person: string;
  readonly username: string;
  readonly factor: string;
  readonly zone: string;
  /** Last day for this person; `null`: none. */
  readonly before: DayListing | null;
  readonly after: DayListing | null;
  readonly says: string;
  /** When the mail about it may be sent (ISO 8601, UTC); `null`: there is none. */
  readonly mailAt: string | null;
  readonly written: boolean;
  readonly looks: readonly Preflight[];
}

export interface DayListing {
  /** First instant (ISO 8601, UTC) at which it is over. */
  readonly sunsetAt: string;
  readonly says: string;
}

type Parts = Pick<Services, 'registry' | 'settings' | 'schedules' | 'people' | 'clock' | 'changeLocks'>;
type PersonalOutcome = DatesOutcome<PersonalDay>;

/** The new dates of the factor in the account, or why they are refused. */
type Change = (account: Person, schedule: Schedule, schedules: Schedules) => Promise<Outcome<OwnDates>>;

/** The reason is stored with the extension, and in the audit log; an extension without one is refused. */
export async function extendPerson(services: Parts, request: ExtendRequest): Promise<PersonalOutcome> {
  const { untilAndIncluding, factor } = request;
  if (untilAndIncluding === 'none')
    return changeDates(services, request, 'extension.lifted', async ({ dates, username }) => {
      const { extendedTo, extension: _given, ...others } = dates?.[factor] ?? {};
      return extendedTo === undefined
        ? refuse('extension_missing', `${username} has no extension for ${factor}.`)
        : done(others);
    });
  const silent = reasonFaults(request.reason);
  if (silent.length > 0) return { ok: false, refusals: silent };
  return extendUnderLock(services.changeLocks, request, () => giveExtension(services, request));
}

function giveExtension(services: Parts, request: ExtendRequest): Promise<PersonalOutcome> {
  const { untilAndIncluding, factor } = request;
  return changeDates(services, request, 'extension.given', async (account, schedule, schedules) => {
    const day = dayOf(untilAndIncluding, schedule.zone, services.clock.now());
    if (!day.ok) return day;
    const dates = { ...account.dates?.[factor], extendedTo: day.value, extension: givenBy(request, services) };
    const after = withPersonalDates(account, factor, dates);
    const refusals = await extensionFaults(services, account, after, schedule, day.value);
    if (refusals.length > 0) return { ok: false, refusals };
    const ahead = { factor, schedules, before: withoutExtension(account, factor), after };
    return outlivesReplacement(services, ahead) ? outlives(account, schedule, day.value) : done(dates);
  });
}

/**
 * A last day that is earlier than the person's last day otherwise; until then the person is told, and may postpone the
 * replacement.
 */
export async function scheduleForPerson(services: Parts, request: EarlierRequest): Promise<PersonalOutcome> {
  const { untilAndIncluding, announce, factor } = request;
  if (untilAndIncluding === 'none')
    return changeDates(services, request, 'personal-day.lifted', async ({ dates, username }) => {
      const { sunsetAt, announceAt: _told, earlier: _given, ...others } = dates?.[factor] ?? {};
      return sunsetAt === undefined
        ? refuse('schedule_missing', `${username} has no day of their own for ${factor}.`)
        : done(others);
    });
  return changeDates(services, request, 'personal-day.set', async (account, schedule) => {
    const { zone } = schedule;
    const now = services.clock.now();
    const day = dayOf(untilAndIncluding, zone, now);
    if (!day.ok) return day;
    const told = announce === undefined ? Math.min(now, day.value) : tellFrom(announce, zone, now);
    if (told === undefined) return dayInvalid(announce ?? '');
    if (told > day.value)
      return refuse(
        'dates_out_of_order',
        `The announcement (${String(announce)}) comes after the last day (${untilAndIncluding}).`,
      );
    const earlier = givenBy(request, services);
    const dates = { ...account.dates?.[factor], announceAt: told, sunsetAt: day.value, earlier };
    const found = deciding(schedule, withPersonalDates(account, factor, dates));
    return found?.by.kind === 'person' ? done(dates) : noEffect({ first: found, end: day.value }, zone);
  });
}

const givenBy = ({ by, reason }: Asked, { clock }: Parts): DayGiven => ({
  at: clock.now(),
  by,
  ...(reason !== undefined && { reason }),
});

type Action = 'extension.given' | 'extension.lifted' | 'personal-day.set' | 'personal-day.lifted';

const changeDates = (services: Parts, request: Asked, action: Action, change: Change): Promise<PersonalOutcome> =>
  underAdministratorsLock(services, request.dryRun === true, (isHeld) =>
    changeDatesUnderLock(services, request, { action, change, isHeld }),
  );

async function changeDatesUnderLock(
  services: Parts,
  request: Asked,
  { action, change, isHeld }: { readonly action: Action; readonly change: Change; readonly isHeld: IsHeld },
): Promise<PersonalOutcome> {
  const { factor, accepted, dryRun = false } = request;
  if (!services.registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  const found = await findPerson(services, request.person);
  if (!found.ok) return found;
  const before = found.value;
  const { id, username } = before;
  const schedules = await services.schedules.current();
  const schedule = Object.hasOwn(schedules, factor) ? schedules[factor] : undefined;
  if (!schedule)
    return refuse(
      'zone_missing',
      `${factor} has no dates, and no time zone for them: \`rekey factor schedule ${factor} --zone …\` first.`,
    );
  const isLift = action === 'extension.lifted' || action === 'personal-day.lifted';
  if (!isLift && before.disabled) return refuse('person_disabled', `The account of ${username} is disabled.`);
  if (!isLift && !holdsActive(before, factor))
    return refuse('factor_not_held', `${username} holds no key of ${factor} that works.`);
  const changed = await change(before, schedule, schedules);
  if (!changed.ok) return changed;
  const after = withPersonalDates(before, factor, changed.value);
  const now = services.clock.now();
  const looks = await lookAheadFor(services, { factor, schedules, before, after });
  const refusals = brake({ looks, before: asRule(schedule, before), after: asRule(schedule, after), accepted, now });
  if (refusals.length > 0) return { ok: false, refusals, looks };
  const line = lineOf(request, action, before.dates?.[factor], changed.value);
  const dates = { schedules, states: await services.schedules.mails() };
  if (!dryRun) {
    const written = await services.people.change(id, (current) =>
      isHeld() && JSON.stringify(current.dates) === JSON.stringify(before.dates) && current.disabled === before.disabled
        ? held(withPersonalDates(current, factor, changed.value), factor, now, line)
        : undefined,
    );
    if (!written)
      return refuse(
        'dates_changed_meanwhile',
        `Somebody else has just changed the account of ${username}. Nothing was written.`,
      );
  }
  const [was, is] = [listed(schedule, before), listed(schedule, after)];
  const says =
    is === null ? `${factor} has no last day for ${username}.` : `${factor} signs ${username} in ${is.says}.`;
  return done({
    person: id,
    username,
    factor,
    zone: schedule.zone,
    before: was,
    after: is,
    says,
    mailAt: mailAt(services, held(after, factor, now, line), factor, dates, now),
    written: !dryRun,
    looks,
  });
}

function lineOf(
  { by, reason, accepted, sendNow }: Asked,
  action: Action,
  before: OwnDates | undefined,
  after: OwnDates,
): Held {
  const why = reason ?? accepted?.reason;
  const facts = {
    before: before ?? null,
    after,
    ...(why && { reason: why }),
    ...(accepted && { acceptedStranded: accepted.stranded }),
  };
  return { actor: by, action, facts, sendNow };
}

/** With the audit event; mails about dates of the factor are held for this person. */
function held(account: Person, factor: string, at: number, { sendNow = false, ...line }: Held): Person {
  const hold = { changedAt: at, from: sendNow ? at : at + mailDelay };
  return addPending(
    { ...account, mailHold: { ...account.mailHold, [factor]: hold } },
    auditLine({ at, person: account.id, factor, ...line, facts: { ...cohortOf(account), ...line.facts } }),
  );
}

interface Held {
  readonly actor: string;
  readonly action: Action;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly sendNow?: boolean | undefined;
}

/** The next mail about everybody's or the person's own last day, if the change is the reason for it. */
function mailAt(
  { settings }: Parts,
  account: Person,
  factor: string,
  dates: DatesAndStates,
  now: number,
): string | null {
  const recipient = recipientOf(account);
  const mails = recipient ? plannedMails(recipient, dates, mailRulesOf(settings), now) : [];
  const next = mails.find((mail) => mail.factor === factor && mail.why !== 'reminder');
  return next === undefined ? null : new Date(next.at).toISOString();
}

/** The dates of the account, in the form that the brake takes. */
function asRule(schedule: Schedule, account: Person): Schedule {
  const sunsetAt = deciding(schedule, account)?.instant;
  return { ...schedule, rules: sunsetAt === undefined ? [] : [{ scope: { kind: 'all' }, sunsetAt }] };
}

function listed(schedule: Schedule, account: Person): DayListing | null {
  const found = deciding(schedule, account);
  if (!found) return null;
  const { instant, by } = found;
  const { zone } = schedule;
  return {
    sunsetAt: new Date(instant).toISOString(),
    says: `until and including ${lastDayInWords(instant, zone)} (${deciderInWords(by)}; over from ${bothInstants(instant, zone)})`,
  };
}

function dayOf(written: string, zone: string, now: number): Outcome<number> {
  const day = dayMeant(written, zone, now);
  return day === undefined ? dayInvalid(written) : done(endOfDay(day, zone));
}

function tellFrom(written: string, zone: string, now: number): number | undefined {
  const day = dayMeant(written, zone, now);
  return day === undefined ? undefined : startOfDay(day, zone);
}

const dayInvalid = (written: string) =>
  refuse('day_invalid', `${written} is no day, or out of range; write it as 2024-01-30.`);
