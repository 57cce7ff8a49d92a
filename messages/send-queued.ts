/** Sends one queued message and stores the outcome. Called by the outbox. */
import type { Logger } from 'pino';
import { maskAddress } from '../accounts/mail-address.ts';
import type { AuditEvent, OutgoingMessage } from '../accounts/person.ts';
import type { MailOutcome, MailSender } from '../adapters/mail/port.ts';
import type { SmsOutcome, SmsSender } from '../adapters/sms/port.ts';
import type { Stored } from '../adapters/storage/port.ts';
import type { Clock } from '../time/clock.ts';
import { pause, type Scheduler } from '../time/scheduler.ts';
import type { Breaker } from './circuit-breaker.ts';
import type { LateOutcomes } from './late-failures.ts';
import { keepLease, type KeptLease } from './kept-lease.ts';
import type { Ending, OutboxStore, Queued } from './outbox-store.ts';

export interface WrittenMessage {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

export interface SendParts {
  readonly clock: Clock;
  readonly senders: { readonly email?: Pick<MailSender, 'send'>; readonly sms?: Pick<SmsSender, 'send' | 'later'> };
  readonly render: (message: OutgoingMessage) => WrittenMessage | Promise<WrittenMessage>;
  readonly log: Logger;
  /** Must accept the same id twice and write one event. */
  readonly audit?: (lines: readonly { readonly id: string; readonly event: AuditEvent }[]) => Promise<void>;
  /** The instant (ms) from which a message may be sent, or that it must no longer be sent. Absent: at once. */
  readonly gate?: (message: OutgoingMessage, now: number) => Promise<number | 'recalled'>;
  /**
   * Called for a notice that was given up without a refusal, or recalled before anybody tried to send it; must accept
   * the same id twice.
   */
  readonly givenUp?: (id: string, message: OutgoingMessage) => Promise<void>;
  /** Right-hand side of Message-ID. */
  readonly domain?: string;
}

export interface SendContext extends SendParts {
  readonly store: OutboxStore;
  readonly breakers: Readonly<Record<Queued['channel'], Breaker>>;
  readonly late: LateOutcomes;
  /** Makes the outbox read the queue at that instant (ms), or earlier. */
  readonly wakeAt: (instant: number) => void;
  readonly scheduler: Scheduler;
  readonly work: { readonly stopped: boolean };
}

type Entry = Stored<Queued>;
type Outcome = MailOutcome | SmsOutcome;
type Retry = Extract<Outcome, { kind: 'retry' }>;

const fault: Outcome = { kind: 'retry', cause: 'fault' };
/** ms; RFC 5321 §4.5.4.1: four or five days, so that a weekend without mail loses no notice. */
const giveUpAfter = 5 * 24 * 3_600_000;

/** ms to wait before another try: 15 s, 30 s, 1 min … 1 h. */
export const waitAfter = (tries: number): number => Math.min(15_000 * 2 ** Math.max(0, tries - 1), 3_600_000);

export const maskDestination = ({ channel, to }: OutgoingMessage): string =>
  channel === 'email' ? maskAddress(to) : `…${to.slice(-2)}`;

export const factsOf = ({ id, value: { channel, destination, tries } }: Entry) => ({
  message: id,
  channel,
  destination,
  tries,
});

interface Leased {
  readonly entry: Entry;
  readonly message: OutgoingMessage;
}

/**
 * Only if the breaker permits it; reports the outcome to the breaker once. Rejects if the store fails before the
 * message is handed over.
 */
export async function sendQueued(context: SendContext, found: Entry): Promise<void> {
  let serverWell: boolean | undefined;
  try {
    const leased = await leaseUnlessOver(context, found);
    if (!leased) return;
    const lease = keepLease(context, leased.entry);
    try {
      const outcome = await send(context, leased, lease);
      if (outcome === undefined) return;
      if (outcome !== fault) serverWell = !(outcome.kind === 'retry' && outcome.server === true);
      await untilKept(context, leased, outcome);
    } finally {
      lease.release();
    }
  } finally {
    context.breakers[found.value.channel].report(serverWell, context.clock.now());
  }
}

/** ms between two tries to store what became of a message. */
const keepEvery = 1_000;

/**
 * What is known of a message that was handed over must reach the store: else it would be sent again once the lease is
 * over. So this process tries until it is stored, or until it stops.
 */
async function untilKept(context: SendContext, leased: Leased, outcome: Outcome): Promise<void> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await keepOutcome(context, leased, outcome);
    } catch (error) {
      if (context.work.stopped) throw error;
      if (isFirst) context.log.error({ event: 'message.interrupted', ...factsOf(leased.entry), err: error });
      await pause(context.scheduler, keepEvery);
    }
  }
}

/** A process was killed while it sent the message: nobody knows whether it left. */
const interrupted = 'interrupted';

const hasCode = ({ expiresAt }: OutgoingMessage): boolean => expiresAt !== undefined;

/** `undefined` if there is nothing to send: the message is done, or another process sends it. */
async function leaseUnlessOver(context: SendContext, found: Entry): Promise<Leased | undefined> {
  const { store } = context;
  const now = context.clock.now();
  const message = store.message(found);
  const over = async (ending: Ending, cause?: string): Promise<undefined> => {
    await endMessage(context, found, message, ending, cause);
  };
  if (!message) return over('unreadable', 'sealed content does not open');
  if (now >= (message.expiresAt ?? Infinity)) return over('expired');
  if (hasCode(message) && found.value.status === 'sending') return over('unsure', interrupted);
  if (now >= found.value.queuedAt + giveUpAfter) return over('abandoned', 'too many tries');
  const from = (await context.gate?.(message, now)) ?? now;
  if (from === 'recalled') return over('recalled', found.value.status === 'sending' ? interrupted : undefined);
  if (from > now) {
    await store.wait(found, from);
    context.wakeAt(from);
    return undefined;
  }
  const entry = await store.lease(found, now);
  return entry && { entry, message };
}

/** `undefined`: another process took the message before it was handed over. */
async function send(context: SendContext, { entry, message }: Leased, lease: KeptLease): Promise<Outcome | undefined> {
  const what = { ...factsOf(entry), source: message.source, template: message.template };
  let written: WrittenMessage;
  try {
    written = await context.render(message);
  } catch (error) {
    context.log.error({ event: 'message.unwritable', ...what, err: error });
    return fault;
  }
  if (!(await lease.isOwn())) return undefined;
  try {
    return (await handOver(context, entry.id, message, written)) ?? refusedWithoutSender;
  } catch (error) {
    // Only the name of the error: its text may contain addresses and passwords.
    context.log.error({ event: 'message.fault', ...what, fault: error instanceof Error ? error.name : typeof error });
    return fault;
  }
}

const refusedWithoutSender: Outcome = { kind: 'refused', cause: 'no sender for this channel' };

async function handOver(
  { senders, domain = 'localhost' }: SendContext,
  id: string,
  message: OutgoingMessage,
  written: WrittenMessage,
): Promise<Outcome | undefined> {
  const messageId = `<${id}@${domain}>`;
  return message.channel === 'sms'
    ? senders.sms?.send({ to: message.to, text: written.text, messageId })
    : senders.email?.send({
        ...written,
        to: message.to,
        messageId,
        language: message.language,
        ...listOf(message, domain),
      });
}

/** RFC 2919; a host that is an address cannot name a list. */
const listOf = ({ datesOf }: OutgoingMessage, domain: string): { readonly listId?: string } =>
  datesOf === undefined ? {} : { listId: `key-dates.${/^[\d.]+$|:/.test(domain) ? 'localhost' : domain}` };

async function keepOutcome(context: SendContext, { entry, message }: Leased, outcome: Outcome): Promise<void> {
  if (outcome.kind === 'sent') {
    await endMessage(context, entry, message, 'sent');
    if (message.expiresAt !== undefined && 'reference' in outcome && outcome.reference !== undefined)
      context.late.watch(entry.id, outcome.reference, message.expiresAt);
  } else if (outcome.kind === 'refused') await endMessage(context, entry, message, 'refused', outcome.cause);
  else if (hasCode(message) && outcome.unsure === true)
    await endMessage(context, entry, message, 'unsure', outcome.cause);
  else await waitForNextTry(context, { entry, message }, outcome);
}

async function waitForNextTry(context: SendContext, { entry, message }: Leased, outcome: Retry): Promise<void> {
  const { log } = context;
  const { cause } = outcome;
  const after = 'after' in outcome ? (outcome.after ?? 0) : 0;
  const lastAt = message.expiresAt ?? entry.value.queuedAt + giveUpAfter;
  const nextAt = Math.min(context.clock.now() + Math.max(waitAfter(entry.value.tries), after), lastAt);
  await context.store.wait(entry, nextAt);
  context.wakeAt(nextAt);
  // A mail server or gateway refuses this service: only an operator can change that.
  if ('ours' in outcome && outcome.ours)
    log.error({ event: 'message.service-refused', ...factsOf(entry), cause, nextAt });
  else log.warn({ event: 'message.delayed', ...factsOf(entry), cause, nextAt });
}

/**
 * First the audit events, then the end in the store: a process that is killed between them writes the same ids again.
 */
export async function endMessage(
  context: SendContext,
  entry: Entry,
  message: OutgoingMessage | undefined,
  ending: Ending,
  cause?: string,
): Promise<void> {
  const { audit, log } = context;
  const now = context.clock.now();
  const what = {
    ...factsOf(entry),
    ...(message && { source: message.source, template: message.template }),
    ...(cause !== undefined && { cause }),
  };
  if (ending !== 'sent' && ending !== 'expired' && ending !== 'recalled') {
    const { message: id, ...told } = what;
    const event: AuditEvent = { at: now, actor: 'system', action: 'message.refused', facts: { ...told, ending } };
    await audit?.([{ id: `${id}.${ending}`, event }]);
  }
  if (ending === 'sent' && message?.whenTaken)
    await audit?.([{ id: `${entry.id}.taken`, event: { ...message.whenTaken, at: now } }]);
  const isUntold = ending === 'abandoned' || (ending === 'recalled' && cause !== interrupted);
  if (isUntold && message) await context.givenUp?.(entry.id, message);
  if (!(await context.store.end(entry, ending, now))) return;
  if (ending === 'sent' || ending === 'recalled') log.info({ event: `message.${ending}`, ...what });
  else log.warn({ event: `message.${ending}`, ...what });
}
