/**
 * Mails about the dates of a factor that are due: how many, when, in which languages, and why. Counted over shapes of
 * recipients, by the same function as the sending job; `factor schedule` shows the same for a dry run. The mails of the
 * last change can be cancelled.
 */
import type { Language } from '../../factors/contract.ts';
import { recipientOfKey, type Recipient } from '../../accounts/recipients.ts';
import { mailStatesAfter, type MailState } from '../../schedules/mail-states.ts';
import { mailRulesOf } from '../../schedules/mail-rules.ts';
import { mailReasons, plannedMails, type DatesAndStates, type MailReason } from '../../schedules/planned-mails.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { tooMany } from './look-ahead.ts';

export interface DueMails {
  /**
   * `announcement`, `reminder` (`daysBefore` days before the last day), `later` or `lifted`: corrections of a day that
   * was told.
   */
  readonly why: MailReason;
  readonly daysBefore: number | null;
  /** The relying party whose sign-ins alone the day concerns. */
  readonly client: string | null;
  /** First instant (ISO 8601, UTC) at which they may be sent. */
  readonly at: string;
  readonly mails: number;
  readonly languages: Readonly<Partial<Record<Language, number>>>;
}

export interface MailsListing {
  readonly factor: string;
  /** The zone of the instants. */
  readonly zone: string;
  /** In order of time. */
  readonly due: readonly DueMails[];
  /** Who cancelled the mails of the last change, and when (ISO 8601, UTC). */
  readonly cancelled: { readonly by: string; readonly at: string } | null;
}

type Parts = Pick<Services, 'registry' | 'settings' | 'schedules' | 'people' | 'clock'>;

export async function listMails(services: Parts, factor: string): Promise<Outcome<MailsListing>> {
  const { registry, schedules } = services;
  if (!registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  const dates = { schedules: await schedules.current(), states: await schedules.mails() };
  return listing(services, factor, dates);
}

/** The mails that would be due after a change. @param sendNow whether mails about it are sent at once */
export const mailsAfter = async (
  services: Parts,
  factor: string,
  change: { readonly before: Schedules; readonly after: Schedules },
  sendNow = false,
): Promise<Outcome<MailsListing>> => {
  const states = mailStatesAfter(await services.schedules.mails(), change, services.clock.now(), sendNow);
  return listing(services, factor, { schedules: change.after, states });
};

export interface MailsCancelled extends MailsListing {
  /** Mails that are no longer sent, although nobody was told yet. */
  readonly stopped: readonly DueMails[];
  readonly written: boolean;
}

/**
 * Cancels the mails that the last change of the dates made due, on every node; reminders on later days stay. Audited.
 */
export async function cancelMails(
  services: Parts,
  { factor, by, dryRun = false }: { readonly factor: string; readonly by: string; readonly dryRun?: boolean },
): Promise<Outcome<MailsCancelled>> {
  const { registry, schedules, clock } = services;
  if (!registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  const dates = { schedules: await schedules.current(), states: await schedules.mails() };
  const state = Object.hasOwn(dates.states, factor) ? dates.states[factor] : undefined;
  if (!state || state.cancelled) return nothingToCancel(factor, state);
  const now = clock.now();
  const states = { ...dates.states, [factor]: { ...state, cancelled: { at: now, by } } };
  const before = await listing(services, factor, dates, now);
  const after = await listing(services, factor, { ...dates, states }, now);
  if (!before.ok) return before;
  if (!after.ok) return after;
  const stopped = without(before.value.due, after.value.due);
  const facts = { stopped: stopped.map(({ why, mails }) => ({ why, mails })) };
  if (!dryRun && !(await schedules.cancelMails(by, factor, facts))) return nothingToCancel(factor, undefined);
  return done({ ...after.value, stopped, written: !dryRun });
}

const nothingToCancel = (factor: string, state: MailState | undefined) =>
  refuse(
    'mails_not_due',
    state?.cancelled
      ? `The mails of the last change of ${factor} were cancelled already, by ${state.cancelled.by}.`
      : `No change of the dates of ${factor} made any mail due.`,
  );

const nameOf = ({ why, daysBefore, client, at }: DueMails): string => JSON.stringify([why, daysBefore, client, at]);

const without = (before: readonly DueMails[], after: readonly DueMails[]): readonly DueMails[] => {
  const left = new Set(after.map(nameOf));
  return before.filter((mails) => !left.has(nameOf(mails)));
};

async function listing(
  services: Parts,
  factor: string,
  dates: DatesAndStates,
  now = services.clock.now(),
): Promise<Outcome<MailsListing>> {
  const kinds = await services.people.recipients().catch(tooMany);
  if ('ok' in kinds) return kinds;
  const { zone: own } = services.settings;
  const cancelled = dates.states[factor]?.cancelled;
  return done({
    factor,
    zone: own ?? dates.schedules[factor]?.zone ?? 'UTC',
    due: dueMails(
      services,
      kinds.map(({ key, documents }) => ({ recipient: recipientOfKey(key), accounts: documents })),
      factor,
      dates,
      now,
    ),
    cancelled: cancelled ? { by: cancelled.by, at: new Date(cancelled.at).toISOString() } : null,
  });
}

function dueMails(
  { settings }: Parts,
  kinds: readonly { readonly recipient: Recipient; readonly accounts: number }[],
  factor: string,
  dates: DatesAndStates,
  now: number,
): readonly DueMails[] {
  const rules = mailRulesOf(settings);
  const found = new Map<string, DueMails>();
  for (const { recipient, accounts } of kinds) {
    const { language } = recipient;
    const own = { ...recipient, factors: recipient.factors.filter((held) => held === factor) };
    for (const { why, daysBefore = null, client = null, at } of plannedMails(own, dates, rules, now)) {
      const kind: DueMails = { why, daysBefore, client, at: new Date(at).toISOString(), mails: 0, languages: {} };
      const name = nameOf(kind);
      const { mails, languages } = found.get(name) ?? kind;
      found.set(name, {
        ...kind,
        mails: mails + accounts,
        languages: { ...languages, [language]: (languages[language] ?? 0) + accounts },
      });
    }
  }
  const order = (mails: DueMails) => `${mails.at} ${mailReasons.indexOf(mails.why)} ${mails.client ?? ''}`;
  return [...found.values()].toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}
