/**
 * Builds the services of the sign-in pages: passwords, proofs of keys, enrolment and e-mail addresses, for the enabled
 * factors.
 */
import { createActivationLinks } from '../accounts/activation-links.ts';
import { circumstancesOf } from '../accounts/circumstances.ts';
import type { Person } from '../accounts/person.ts';
import type { Services } from '../admin/services.ts';
import type { Alarm } from '../digital-keys/attempt-counter.ts';
import { createChangeAddress } from '../digital-keys/change-address.ts';
import type { FactorId } from '../factors/contract.ts';
import { keyOver } from '../digital-keys/key-over.ts';
import { createEmailVerification } from '../digital-keys/email-verification.ts';
import { createEnrolKey } from '../digital-keys/enrol-key.ts';
import { effective } from '../factors/policy/lifecycle.ts';
import type { EffectiveSchedule } from '../factors/policy/types.ts';
import { createUsernamelessSignIn } from '../digital-keys/usernameless.ts';
import { createVerifyKey } from '../digital-keys/verify-key.ts';
import type { InteractionServices } from '../interactions/services.ts';
import type { InteractionSettings } from '../interactions/settings.ts';
import { isSharedMailbox } from '../accounts/shared-mailbox.ts';
import { createCodeTries } from '../recovery/code-tries.ts';
import { createForgotten } from '../recovery/forgotten.ts';
import { systemScheduler } from '../time/scheduler.ts';
import type { Outbox } from '../messages/outbox.ts';
import { createSendMessages, type SendMessages } from '../messages/send-messages.ts';
import { createPasswordChecks } from '../passwords/check-password.ts';
import { createMakePassword, createSetPassword } from '../passwords/set-password.ts';
import { createGuessingNetworks, type GuessingNetworks } from '../passwords/network-limits.ts';
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
  readonly networks: GuessingNetworks;
}

export function createInteractionServices(parts: InteractionParts): InteractionServices {
  const { services, writer, outbox, networks } = parts;
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
    passwordChecks: openPasswordChecks(services, networks),
    proofs,
    usernamelessSignIn: createUsernamelessSignIn({ ...proofParts, proofs }),
    enrolling: createEnrolKey(proofParts),
    enrolments,
    emailVerification: openEmailVerification(parts, sendMessages),
    forgotten: openForgotten(parts, networks),
    setPassword: createSetPassword(services),
    makePassword: createMakePassword(services),
    activations: createActivationLinks({ ...services, clock: parts.nodeClock.clock }),
    limits: settings.limits,
    delivery: (ids) => outbox.delivery(ids),
    factor: proofParts.registry.get,
    isOver: (person, key, now) => keyOver(services, person, key, now) !== undefined,
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

/** Wrong passwords, and what is asked about forgotten ones, by network. */
export const openNetworks = ({ storage, settings, log }: Services): GuessingNetworks =>
  createGuessingNetworks({
    storage,
    perHour: settings.limits.wrongFromNetworkPerHour,
    onFull: (network) => log.warn({ event: 'password.network-paused', network }),
  });

const openPasswordChecks = (services: Services, networks: GuessingNetworks) =>
  createPasswordChecks({ ...services, networks, limits: services.settings.limits, random });

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

/** So late (ms) at most an account is looked for after the answer, which says nothing about it. */
const laterAtMost = 1_000;

function openForgotten({ services, nodeClock, writer, outbox }: InteractionParts, networks: GuessingNetworks) {
  const { people, secretBox, storage, settings, log } = services;
  const { sharedMailboxes, password } = settings;
  return createForgotten({
    people,
    secretBox,
    random,
    clock: nodeClock.clock,
    queue: (items) => outbox.queue(items),
    networks,
    tries: createCodeTries(storage),
    forWhom: password.reset === 'everyone' ? 'everyone' : 'permitted',
    barsMailbox: (address) => isSharedMailbox(address, sharedMailboxes.localParts),
    later: (work) =>
      void systemScheduler.after(random.int(laterAtMost), () => {
        work().catch((error: unknown) => log.error({ event: 'forgotten.failed', err: error }));
      }),
    note: writer.note,
  });
}
