/**
 * Decides whether a queued mail about dates may be sent now: called at the last moment, also after a mail server was
 * down.
 */
import type { OutgoingMessage } from '../accounts/person.ts';
import { afterQuietHours, type QuietHours } from './quiet-hours.ts';
import type { MailStates } from './mail-states.ts';

export interface GateParts {
  readonly states: () => Promise<MailStates>;
  readonly quiet: QuietHours;
  /** Zone of the deployment; absent: the zone of the dates. */
  readonly zone?: string | undefined;
}

/**
 * The instant (ms) from which it may be sent, or `recalled`: the dates were changed, or their mails cancelled, since it
 * was written.
 */
export const createMailGate =
  ({ states, quiet, zone }: GateParts) =>
  async ({ datesOf, queuedAt, data }: OutgoingMessage, now: number): Promise<number | 'recalled'> => {
    if (datesOf === undefined) return now;
    const { changedAt, cancelled } = (await states())[datesOf] ?? {};
    if (Math.max(changedAt ?? 0, (cancelled?.at ?? -1) + 1) > queuedAt) return 'recalled';
    return afterQuietHours(quiet, now, zone ?? String(data['zone'] ?? 'UTC'));
  };
