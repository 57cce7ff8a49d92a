/**
 * Delivery of messages, reminders and pending items: outbox, reminders and relay of the server. `create-app.ts` starts
 * and stops them.
 */
import type { MailSender } from '../adapters/mail/port.ts';
import type { OutgoingMessage } from '../accounts/person.ts';
import type { SmsSender } from '../adapters/sms/port.ts';
import type { Services } from '../admin/services.ts';
import type { BatchedAppends } from '../audit/batched-appends.ts';
import type { Membership } from '../cluster/membership.ts';
import { createOutbox, type Outbox } from '../messages/outbox.ts';
import { createRelay, type Relay, type RelayParts } from '../messages/relay.ts';
import { createSessionReviews } from '../messages/session-reviews.ts';
import { createMailGate } from '../schedules/mail-gate.ts';
import { mailRulesOf } from '../schedules/mail-rules.ts';
import { createReminders, type Reminders } from '../schedules/reminders.ts';
import type { Clock } from '../time/clock.ts';
import type { Renderer } from '../views/render.ts';
import { serviceNames } from './module-settings.ts';
import { writerOf } from './sms.ts';
import { zoneOfPeople } from './zones.ts';

export interface DeliveryParts {
  readonly services: Services;
  readonly clock: Clock;
  readonly node: Membership;
  readonly lines: BatchedAppends;
  readonly renderer: Renderer;
  readonly mail: MailSender;
  readonly sms: SmsSender | undefined;
  /** Call it only after `start`. */
  readonly reviewSessions: NonNullable<RelayParts['reviewSessions']>;
}

export interface DeliveryJobs {
  readonly outbox: Outbox;
  readonly relay: Relay;
  readonly reminders: Reminders;
}

export function createDelivery(parts: DeliveryParts): DeliveryJobs {
  const reminders = openReminders(parts);
  const outbox = openOutbox(parts, reminders);
  return { outbox, reminders, relay: openRelay(parts, outbox) };
}

const openReminders = ({ services: { settings, people, schedules, log }, clock, node }: DeliveryParts): Reminders =>
  createReminders({
    ...mailRulesOf(settings),
    people,
    dates: async () => ({ schedules: await schedules.current(), states: await schedules.mails() }),
    clock,
    log,
    serviceName: serviceNames(settings),
    leader: node,
  });

const openOutbox = (parts: DeliveryParts, reminders: Reminders): Outbox => {
  const { services, clock, node, lines, renderer, mail, sms } = parts;
  return createOutbox({
    storage: services.storage,
    secretBox: services.secretBox,
    clock,
    log: services.log,
    senders: { email: mail, ...(sms && { sms }) },
    render: async (message) => writerOf(renderer)(inZone(message, await zoneOfPeople(services))),
    gate: createMailGate({ ...mailRulesOf(services.settings), states: () => services.schedules.mails() }),
    audit: (entries) => lines.append(entries),
    givenUp: (id, message) => reminders.givenUp(id, message),
    domain: new URL(services.settings.issuer).hostname,
    leader: node,
  });
};

/** A mail about dates brings the zone of its dates. */
const inZone = (message: OutgoingMessage, zone: string): OutgoingMessage => ({
  ...message,
  data: { zone, ...message.data },
});

const openRelay = ({ services, clock, node, lines, reviewSessions }: DeliveryParts, outbox: Outbox): Relay => {
  const reviews = createSessionReviews(services.storage);
  return createRelay({
    people: services.people,
    others: [services.schedules, { carryOver: () => reviews.carry(reviewSessions), onPending: () => {} }],
    outbox,
    audit: lines,
    reviewSessions,
    clock,
    log: services.log,
    leader: node,
  });
};
