/**
 * Builds the services of the sign-in pages: passwords, proofs of keys, enrolment and e-mail addresses, for the enabled
 * factors.
 */
import { circumstancesOf } from '../accounts/circumstances.ts';
import type { Person } from '../accounts/person.ts';
import type { Services } from '../admin/services.ts';
import type { Alarm } from '../factors/attempt-counter.ts';
import { createChangeAddress } from '../factors/change-address.ts';
import type { FactorId } from '../factors/contract.ts';
import { createEmailVerification } from '../factors/email-verification.ts';
import { createEnrolKey } from '../factors/enrol-key.ts';
import { effective } from '../factors/policy/lifecycle.ts';
import type { EffectiveSchedule } from '../factors/policy/types.ts';
import { createUsernamelessSignIn } from '../factors/usernameless.ts';
import { createVerifyKey } from '../factors/verify-key.ts';
import type { InteractionServices } from '../interactions/services.ts';
import type { InteractionSettings } from '../interactions/settings.ts';
import type { Outbox } from '../messages/outbox.ts';
import { createSendMessages, type SendMessages } from '../messages/send-messages.ts';
import { createPasswordChecks } from '../passwords/check-password.ts';
import { createGuessingNetworks } from '../passwords/network-limits.ts';
import type { AuditWriter } from './audit-writer.ts';
import type { NodeClock } from './node-clock.ts';
import { random } from './services.ts';
import { openSmsLimits } from './sms.ts';

export interface InteractionParts {
  readonly services: Services;
  readonly factors: InteractionSettings['factors'];
  readonly nodeClock: NodeClock;
  readonly writer: AuditWriter;
  readonly outbox: Outbox;
}

export function createInteractionServices(parts: InteractionParts): InteractionServices {
  const { services, writer, outbox } = parts;
  const { people, enrolments, settings } = services;
  const sendMessages = createSendMessages({
    people,
    limits: settings.limits,
    smsLimits: openSmsLimits(services, writer.note),
    queue: (items) => outbox.queue(items),
  });
  const proofParts = proofPartsOf(parts, sendMessages);
  const proofs = createVerifyKey(proofParts);
  return {
    people,
    passwordChecks: openPasswordChecks(services),
    proofs,
    usernamelessSignIn: createUsernamelessSignIn({ ...proofParts, proofs }),
    enrolling: createEnrolKey(proofParts),
    enrolments,
    emailVerification: openEmailVerification(parts, sendMessages),
    limits: settings.limits,
    delivery: (ids) => outbox.delivery(ids),
    factor: proofParts.registry.get,
    note: writer.note,
    mention: writer.mention,
  };
}

function proofPartsOf({ services, factors, nodeClock, writer }: InteractionParts, sendMessages: SendMessages) {
  const { people, registry, schedules, sealing, settings, log } = services;
  const enabledIds = new Set(factors.map(({ factor }) => factor.id));
  const scheduleOf = async (
    factor: FactorId,
    person: Person,
    client: string,
  ): Promise<EffectiveSchedule | undefined> => {
    const schedule = (await schedules.current())[factor];
    return schedule && effective(schedule, circumstancesOf(person, client), nodeClock.clock.now());
  };
  return {
    people,
    registry: { get: (id: FactorId) => (enabledIds.has(id) ? registry.get(id) : undefined) },
    sealing,
    limits: settings.limits,
    sendMessages,
    scheduleOf,
    toolsFor: nodeClock.toolsFor,
    note: writer.note,
    alarm: ({ level, facts }: Alarm) => log[level](facts),
  };
}

const openPasswordChecks = ({ people, passwords, storage, secretBox, settings, log }: Services) =>
  createPasswordChecks({
    people,
    passwords,
    storage,
    secretBox,
    networks: createGuessingNetworks({
      storage,
      perHour: settings.limits.wrongFromNetworkPerHour,
      onFull: (network) => log.warn({ event: 'password.network-paused', network }),
    }),
    limits: settings.limits,
    random,
  });

const openEmailVerification = ({ services, nodeClock, writer }: InteractionParts, sendMessages: SendMessages) =>
  createEmailVerification({
    people: services.people,
    secretBox: services.secretBox,
    random,
    clock: nodeClock.clock,
    limits: services.settings.limits,
    lifetimeMinutes: 5,
    sendMessages,
    addresses: createChangeAddress({ registry: services.registry, sealing: services.sealing }),
    note: writer.note,
  });
