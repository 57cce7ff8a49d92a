/**
 * When mails about the dates of a factor may be sent, and which were cancelled. Stored with the dates in one document
 * (`schedule-store.ts`), so that every node knows it and a restart changes nothing. Pure.
 */
import type { FactorId } from '../factors/contract.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';

export interface MailState {
  /** Instant (ms) of the last change of the factor's dates. */
  readonly changedAt: number;
  /** First instant (ms) at which a mail about them may leave. */
  readonly from: number;
  /** Mails that were due by then because of the change are not sent. A further change starts again. */
  readonly cancelled?: { readonly at: number; readonly by: string };
}

export type MailStates = Readonly<Record<FactorId, MailState>>;

/** Time (ms) between a change of dates and the first mail about it, so that a mistake can be noticed. */
export const mailDelay = 3_600_000;

/** @param sendNow whether the mails leave at once */
export function mailStatesAfter(
  states: MailStates,
  { before, after }: { readonly before: Schedules; readonly after: Schedules },
  now: number,
  sendNow: boolean,
): MailStates {
  const moved = Object.keys({ ...before, ...after }).filter(
    (factor) => datesOf(before, factor) !== datesOf(after, factor),
  );
  const state = { changedAt: now, from: sendNow ? now : now + mailDelay };
  return { ...states, ...Object.fromEntries(moved.map((factor) => [factor, state])) };
}

/** As text; without the other members of a schedule, which no mail mentions. */
function datesOf(schedules: Schedules, factor: FactorId): string {
  const schedule = Object.hasOwn(schedules, factor) ? schedules[factor] : undefined;
  return schedule === undefined || schedule.rules.length === 0 ? '' : JSON.stringify([schedule.zone, schedule.rules]);
}

/** `undefined`: no change made a mail due, or its mails were cancelled already. */
export function cancelledMails(
  states: MailStates,
  factor: FactorId,
  cancelled: NonNullable<MailState['cancelled']>,
): MailStates | undefined {
  const state = Object.hasOwn(states, factor) ? states[factor] : undefined;
  return state === undefined || state.cancelled ? undefined : { ...states, [factor]: { ...state, cancelled } };
}
