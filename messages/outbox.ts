/**
 * Messages on their way out: queued in the store, sent by whichever worker gets the lease, tried again while that makes sense.
 *
 * A message with `expiresAt` carries a code: it leaves at most once and never late. Any other is a notice: it leaves at least once, also when the
 * process is killed in the middle (then perhaps twice, with the same Message-ID).
 */
import type { Logger } from 'pino';
import type { Clock } from '../time/clock.ts';
import type { MailOutcome, MailSender } from '../adapters/mail/port.ts';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { SmsOutcome, SmsSender } from '../adapters/sms/port.ts';
import type { Storage, Stored } from '../adapters/storage/port.ts';
import { createBreaker, type Breaker } from './circuit-breaker.ts';
import { createDeliveryWatch } from './wait-for-delivery.ts';
import type { Delivery } from './delivery-status.ts';
import { maskAddress } from '../accounts/mail-address.ts';
import type { WatchedLeadership } from './relay.ts';
import { createLateOutcomes } from './late-failures.ts';
import { createOutboxStore, leaseTime, type Ending, type QueuedItem, type Queued } from './outbox-store.ts';
import type { AuditEvent, OutgoingMessage } from '../accounts/person.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';

export interface WrittenMessage {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

export interface Outbox {
  /** Durable when it resolves; the sending goes on behind it. The same id again changes nothing. */
  queue(messages: readonly QueuedItem[]): Promise<void>;
  /** What has become of these, by their ids; waits a moment for those that are being sent. */
  delivery(ids: readonly string[]): Promise<Delivery>;
  readonly reseal: ReturnType<typeof createOutboxStore>['reseal'];
  /** Looks for what earlier runs left, now and from time to time. */
  start(): void;
  /** Takes nothing new and waits for what is under way, at most 5 s. */
  stop(): Promise<void>;
}

export interface OutboxParts {
  readonly storage: Storage;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly senders: { readonly email?: Pick<MailSender, 'send'>; readonly sms?: Pick<SmsSender, 'send' | 'later'> };
  readonly render: (message: OutgoingMessage) => WrittenMessage;
  readonly log: Logger;
  /** Must take the same id twice without telling twice. */
  readonly audit?: (lines: readonly { readonly id: string; readonly event: AuditEvent }[]) => Promise<void>;
  /** Told of a notice that was given up without having been refused; must take the same id twice. */
  readonly givenUp?: (id: string, message: OutgoingMessage) => Promise<void>;
  /** Right-hand side of Message-ID. */
  readonly domain?: string;
  readonly scheduler?: Scheduler;
  /** Of several processes one looks for what is late; each sends what was queued with it. Default: this one. */
  readonly leader?: WatchedLeadership;
  /** How many are sent at once by this process. */
  readonly atOnce?: number;
}

const lookEvery = 15_000;
/** ms; RFC 5321 §4.5.4.1: four or five days, so that a weekend without mail costs nobody a notice. */
const giveUpAfter = 5 * 24 * 3_600_000;
const drainTime = 5_000;
/** Held in memory; beyond that the store is asked again once these are done. */
const heldAtMost = 1_000;

type Outcome = MailOutcome | SmsOutcome;
type Retry = Extract<Outcome, { kind: 'retry' }>;
const fault: Outcome = { kind: 'retry', cause: 'fault' };

/** ms to wait before another try: 15 s, 30 s, 1 min … 1 h. */
export const waitAfter = (tries: number): number => Math.min(15_000 * 2 ** Math.max(0, tries - 1), 3_600_000);

const facts = (entry: Stored<Queued>) => ({
  message: entry.id,
  channel: entry.value.channel,
  destination: entry.value.destination,
  tries: entry.value.tries,
});

export function createOutbox(parts: OutboxParts): Outbox {
  const { clock, log, senders, domain = 'localhost', scheduler = systemScheduler, atOnce = 4, leader } = parts;
  const store = createOutboxStore({ ...parts, mask: maskDestination });
  const breakers: Record<Queued['channel'], Breaker> = { email: createBreaker(), sms: createBreaker() };
  /** Found or queued, waiting for a free place here. */
  const ready = new Map<string, Stored<Queued>>();
  const underWay = new Map<string, Promise<void>>();
  let begun = false;
  let stopped = false;
  /** Whether the store has more than `ready` holds. */
  let more = false;
  let looking: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  let alarm: { readonly at: number; readonly cancel: () => void } | undefined;

  const wakeAt = (instant: number): void => {
    if (stopped || (alarm && alarm.at <= instant)) return;
    alarm?.cancel();
    const cancel = scheduler.after(Math.max(0, instant - clock.now()), () => {
      alarm = undefined;
      void look();
    });
    alarm = { at: instant, cancel };
  };

  const late = createLateOutcomes({
    ask: async (reference) => senders.sms?.later?.(reference),
    failed: async (id, cause) => {
      const entry = await store.get(id);
      if (entry?.value.ending === 'sent') await end(entry, undefined, 'refused', cause);
    },
    scheduler,
    now: () => clock.now(),
  });

  const look = async (): Promise<void> => {
    if (stopped) return;
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    await looking;
  };

  leader?.onTaken(() => void look());

  const lookOnce = async (): Promise<void> => {
    const now = clock.now();
    wakeAt(now + lookEvery);
    if (begun && leader?.held() === false) return pump();
    begun = true;
    try {
      const open = await store.open();
      more = open.more;
      for (const entry of open.entries) {
        const dueAt = entry.value.status === 'sending' ? (entry.value.leaseUntil ?? 0) : entry.value.nextAt;
        if (underWay.has(entry.id)) continue;
        if (dueAt <= now) hold(entry);
        else wakeAt(dueAt);
      }
      pump();
    } catch (error) {
      log.warn({ event: 'outbox.unreadable', err: error });
    }
  };

  const hold = (entry: Stored<Queued>): void => {
    if (ready.size < heldAtMost) ready.set(entry.id, entry);
    else more = true;
  };

  const pump = (): void => {
    if (stopped) return;
    const now = clock.now();
    for (const [id, entry] of ready) {
      if (underWay.size >= atOnce) return;
      const resting = breakers[entry.value.channel].restsUntil(now);
      if (resting !== undefined) wakeAt(resting);
      if (underWay.has(id) || !breakers[entry.value.channel].may(now)) continue;
      ready.delete(id);
      const work = carry(entry)
        .catch((error: unknown) => {
          // The store failed in the middle; the lease runs out and the next look finds the message again.
          log.error({ event: 'message.interrupted', ...facts(entry), err: error });
          wakeAt(clock.now() + leaseTime);
        })
        .finally(() => {
          underWay.delete(id);
          pump();
          if (more && ready.size === 0 && underWay.size === 0) void look();
        });
      underWay.set(id, work);
    }
  };

  /** Reports to the breaker exactly once: `pump` has asked it. */
  const carry = async (found: Stored<Queued>): Promise<void> => {
    const breaker = breakers[found.value.channel];
    let serverWell: boolean | undefined;
    try {
      const now = clock.now();
      const message = store.message(found);
      if (!message) return await end(found, undefined, 'unreadable', 'sealed content does not open');
      const once = message.expiresAt !== undefined;
      if (once && now >= (message.expiresAt ?? 0)) return await end(found, message, 'expired');
      // Somebody died while sending it: whether it left is unknown.
      if (once && found.value.status === 'sending') return await end(found, message, 'unsure', 'interrupted');
      if (now >= found.value.queuedAt + giveUpAfter) return await end(found, message, 'abandoned', 'too many tries');
      const leased = await store.lease(found, now);
      if (!leased) return;
      const outcome = await send(leased, message);
      if (outcome !== fault) serverWell = !(outcome.kind === 'retry' && outcome.server === true);
      if (outcome.kind === 'sent') {
        await end(leased, message, 'sent');
        if (once && 'reference' in outcome && outcome.reference !== undefined)
          late.watch(found.id, outcome.reference, message.expiresAt ?? 0);
      } else if (outcome.kind === 'refused') await end(leased, message, 'refused', outcome.cause);
      else if (once && outcome.unsure === true) await end(leased, message, 'unsure', outcome.cause);
      else await again(leased, message, outcome);
    } finally {
      breaker.report(serverWell, clock.now());
    }
  };

  const send = async (entry: Stored<Queued>, message: OutgoingMessage): Promise<Outcome> => {
    const messageId = `<${entry.id}@${domain}>`;
    const what = { ...facts(entry), source: message.source, template: message.template };
    let written: WrittenMessage;
    try {
      written = parts.render(message);
    } catch (error) {
      log.error({ event: 'message.unwritable', ...what, err: error });
      return fault;
    }
    try {
      if (message.channel === 'sms') {
        const sms = { to: message.to, text: written.text, messageId };
        return (await senders.sms?.send(sms)) ?? { kind: 'refused', cause: 'no sender for this channel' };
      }
      const mail = { ...written, to: message.to, messageId, language: message.language };
      return (await senders.email?.send(mail)) ?? { kind: 'refused', cause: 'no sender for this channel' };
    } catch (error) {
      // By name alone: what a sender throws may carry addresses and passwords.
      log.error({ event: 'message.fault', ...what, fault: error instanceof Error ? error.name : typeof error });
      return fault;
    }
  };

  const again = async (entry: Stored<Queued>, message: OutgoingMessage, outcome: Retry): Promise<void> => {
    const after = 'after' in outcome ? (outcome.after ?? 0) : 0;
    const { cause } = outcome;
    const lastAt = message.expiresAt ?? entry.value.queuedAt + giveUpAfter;
    const nextAt = Math.min(clock.now() + Math.max(waitAfter(entry.value.tries), after), lastAt);
    await store.wait(entry, nextAt);
    wakeAt(nextAt);
    // What the far side holds against this service goes away by an operator's hand alone.
    if ('ours' in outcome && outcome.ours)
      log.error({ event: 'message.service-refused', ...facts(entry), cause, nextAt });
    else log.warn({ event: 'message.delayed', ...facts(entry), cause, nextAt });
  };

  const end = async (
    entry: Stored<Queued>,
    message: OutgoingMessage | undefined,
    ending: Ending,
    cause?: string,
  ): Promise<void> => {
    const now = clock.now();
    const what = {
      ...facts(entry),
      ...(message && { source: message.source, template: message.template }),
      ...(cause !== undefined && { cause }),
    };
    if (ending !== 'sent' && ending !== 'expired') {
      const { message: id, ...told } = what;
      const event: AuditEvent = { at: now, actor: 'system', action: 'message.refused', facts: { ...told, ending } };
      await parts.audit?.([{ id: `${id}.${ending}`, event }]);
    }
    if (ending === 'sent' && message?.whenTaken)
      await parts.audit?.([{ id: `${entry.id}.taken`, event: { ...message.whenTaken, at: now } }]);
    if (ending === 'abandoned' && message) await parts.givenUp?.(entry.id, message);
    if (!(await store.end(entry, ending, now))) return;
    if (ending === 'sent') log.info({ event: 'message.sent', ...what });
    else log.warn({ event: `message.${ending}`, ...what });
  };

  return {
    async queue(messages) {
      const now = clock.now();
      const inserted = await Promise.all(messages.map((item) => store.insert(item, now)));
      for (const entry of inserted) if (entry) hold(entry);
      pump();
    },
    reseal: () => store.reseal(),
    delivery: createDeliveryWatch({ store, clock, scheduler, underWay }),
    start() {
      void look();
    },
    stop() {
      stopped = true;
      alarm?.cancel();
      late.stop();
      stopping ??= new Promise<void>((resolve) => {
        const cancel = scheduler.after(drainTime, resolve);
        void Promise.allSettled([...underWay.values(), ...(looking ? [looking] : [])]).then(() => {
          cancel();
          return resolve();
        });
      });
      return stopping;
    },
  };
}

export const maskDestination = ({ channel, to }: OutgoingMessage): string =>
  channel === 'email' ? maskAddress(to) : `…${to.slice(-2)}`;
