/**
 * The services for proving and enrolling a key, and the rules that both share. Used by `verify-key.ts`,
 * `challenge-key.ts` and `enrol-key.ts`.
 */
import type { People } from '../accounts/person-store.ts';
import type { AuditEvent, OutgoingMessage, Person } from '../accounts/person.ts';
import type { SendMessages } from '../messages/send-messages.ts';
import type { SendingLimits } from '../messages/send-limits.ts';
import type { AttemptLimits } from '../passwords/attempt-limits.ts';
import type { Alarm } from './attempt-counter.ts';
import type { Factor, FactorId, FactorMessage, Language, Tools } from '../factors/contract.ts';
import type { Occasion } from './occasion.ts';
import { maySignIn } from '../factors/policy/lifecycle.ts';
import type { EffectiveSchedule } from '../factors/policy/types.ts';
import type { Reason } from '../factors/reasons.ts';
import type { Registry } from '../factors/registry.ts';
import type { Sealing } from './seal-state.ts';

export interface ProofDependencies {
  readonly people: People;
  /** The factors that this deployment has switched on. */
  readonly registry: Pick<Registry, 'get'>;
  readonly sealing: Sealing;
  readonly limits: AttemptLimits & SendingLimits;
  readonly sendMessages: SendMessages;
  readonly scheduleOf: (factor: FactorId, person: Person, client: string) => Promise<EffectiveSchedule | undefined>;
  readonly toolsFor: (factor: Factor, language?: Language) => Tools<unknown>;
  /** For events without a write of the account: refusals. */
  readonly note: (event: AuditEvent) => void;
  /** For the operator: somebody keeps guessing, or a key may have been copied. */
  readonly alarm?: (alarm: Alarm) => void;
}

/** @param until instant (ms) from which the person may try again */
export const refusal = (reason: Reason, until?: number) =>
  ({ ok: false, reason, ...(until === undefined ? {} : { until }) }) as const;

/**
 * Whether the dates of a factor permit using its keys now, by this person and for this client. After its sunset only to
 * enrol a replacement.
 */
export async function datesAllow(
  { scheduleOf }: Pick<ProofDependencies, 'scheduleOf'>,
  factor: FactorId,
  person: Person,
  occasion: Occasion,
): Promise<boolean> {
  const schedule = await scheduleOf(factor, person, occasion.client);
  if (schedule === undefined || maySignIn(schedule.status)) return true;
  return occasion.purpose === 're-enrolment' && schedule.status === 'sunset' && schedule.after === 're-enrol';
}

/** Converts a factor's message for the outbox. */
export const outgoingMessage =
  (factor: Factor, { language }: Occasion, now: number) =>
  ({ channel, to, template, data, expiresAt }: FactorMessage): OutgoingMessage => ({
    channel,
    to,
    template,
    data,
    expiresAt,
    language,
    source: factor.id,
    queuedAt: now,
  });
