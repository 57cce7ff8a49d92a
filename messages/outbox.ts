/**
 * Queues messages in the store; the process that gets the lease sends them, and tries again as long as that makes
 * sense.
 *
 * A message with `expiresAt` has a code: it is sent at most once and never late. Every other message is a notice: it is
 * sent once, and at least once even if the process is killed meanwhile (then perhaps twice, with the same Message-ID).
 * Notices to one address leave one after the other, in the order in which this process queued them.
 */
import { defined } from '../accounts/defined.ts';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Storage, Stored } from '../adapters/storage/port.ts';
import {
  createBackgroundWork,
  sharedRun,
  type BackgroundWork,
  type SharedRun,
  type WatchedLeadership,
} from '../time/background-work.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';
import { createBreaker } from './circuit-breaker.ts';
import type { Delivery } from './delivery-status.ts';
import { createLateOutcomes } from './late-failures.ts';
import { createOutboxStore, leaseTime, type QueuedItem, type Queued } from './outbox-store.ts';
import { endMessage, factsOf, maskDestination, sendQueued, type SendContext, type SendParts } from './send-queued.ts';
import { createDeliveryWatch } from './wait-for-delivery.ts';

export interface Outbox {
  /** The messages are durable when it resolves; they are sent later. The same id again changes nothing. */
  queue(messages: readonly QueuedItem[]): Promise<void>;
  /** The delivery status of messages, by their ids; waits a moment for those that are being sent. */
  delivery(ids: readonly string[]): Promise<Delivery>;
  readonly reseal: ReturnType<typeof createOutboxStore>['reseal'];
  /** Resolves once this process sends no message, whatever became of those that it was sending. */
  idle(): Promise<void>;
  /** Looks for messages that earlier runs left, now and at intervals. */
  start(): void;
  /** Takes no new messages and waits for running ones, at most 5 s. */
  stop(): Promise<void>;
}

export interface OutboxParts extends SendParts {
  readonly storage: Storage;
  readonly secretBox: SecretBox;
  readonly scheduler?: Scheduler;
  /**
   * Whether this process is the leader, which looks for late messages; each process sends those that it queued.
   * Default: it is.
   */
  readonly leader?: WatchedLeadership;
  /** How many messages this process sends at once. */
  readonly atOnce?: number;
}

type Entry = Stored<Queued>;

interface Ready {
  readonly entry: Entry;
  /** The address of a notice that this process queued. */
  readonly noticeTo?: string;
}

interface Context extends SendContext {
  readonly leader: WatchedLeadership | undefined;
  readonly atOnce: number;
  readonly work: BackgroundWork;
  readonly look: SharedRun<void>;
  /** Found or queued, waiting for a free place in this process. */
  readonly ready: Map<string, Ready>;
  readonly underWay: Map<string, Promise<void>>;
  /** Addresses to which a notice is being sent; the next one to the same address waits for it. */
  readonly noticesTo: Set<string>;
  /** Whether the first look has begun: it takes messages of earlier runs, even if this process is not the leader. */
  begun: boolean;
  /** Whether the store has more than `ready`. */
  more: boolean;
}

const lookEvery = 15_000;
/** Messages in memory; the store is read for more once these are done. */
const heldAtMost = 1_000;

export function createOutbox(parts: OutboxParts): Outbox {
  const context = contextOf(parts);
  const { clock, store, work, underWay, late } = context;
  const { scheduler = systemScheduler } = parts;
  parts.leader?.onElected(() => void look(context));
  return {
    async queue(messages) {
      const now = clock.now();
      const inserted = await Promise.all(messages.map((item) => store.insert(item, now)));
      for (const [at, { message }] of messages.entries()) {
        const entry = inserted[at];
        const noticeTo = message.expiresAt === undefined ? message.to : undefined;
        if (entry) hold(context, defined({ entry, noticeTo }));
      }
      pump(context);
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
    reseal: () => store.reseal(),
    delivery: createDeliveryWatch({ store, clock, scheduler, underWay }),
    start() {
      void look(context);
    },
    stop: () =>
      work.stop(() => {
        late.stop();
        return Promise.allSettled([...underWay.values(), context.look.underWay]);
      }),
  };
}

function contextOf(parts: OutboxParts): Context {
  const { clock, senders, scheduler = systemScheduler, atOnce = 4, leader } = parts;
  const work = createBackgroundWork({ scheduler, clock });
  const timer = work.timer();
  const store = createOutboxStore({ ...parts, mask: maskDestination });
  const late = createLateOutcomes({
    ask: async (reference) => senders.sms?.later?.(reference),
    failed: async (id, cause) => {
      const entry = await store.get(id);
      if (entry?.value.ending === 'sent') await endMessage(context, entry, undefined, 'refused', cause);
    },
    scheduler,
    now: () => clock.now(),
  });
  const context: Context = {
    ...parts,
    scheduler,
    store,
    breakers: { email: createBreaker(), sms: createBreaker() },
    late,
    wakeAt: (instant) => timer.setBy(instant, () => void look(context)),
    leader,
    atOnce,
    work,
    look: sharedRun(() => lookOnce(context)),
    ready: new Map(),
    underWay: new Map(),
    noticesTo: new Set(),
    begun: false,
    more: false,
  };
  return context;
}

async function look(context: Context): Promise<void> {
  if (!context.work.stopped) await context.look.run();
}

async function lookOnce(context: Context): Promise<void> {
  const { clock, store, underWay, wakeAt } = context;
  const now = clock.now();
  wakeAt(now + lookEvery);
  if (context.begun && context.leader?.isLeader() === false) return pump(context);
  context.begun = true;
  try {
    const open = await store.open();
    context.more = open.more;
    for (const entry of open.entries) {
      if (underWay.has(entry.id)) continue;
      const dueAt = entry.value.status === 'sending' ? (entry.value.leaseUntil ?? 0) : entry.value.nextAt;
      if (dueAt <= now) hold(context, { entry });
      else wakeAt(dueAt);
    }
    pump(context);
  } catch (error) {
    context.log.warn({ event: 'outbox.unreadable', err: error });
  }
}

function hold(context: Context, one: Ready): void {
  const { id } = one.entry;
  if (context.ready.size < heldAtMost) context.ready.set(id, { ...context.ready.get(id), ...one });
  else context.more = true;
}

/** Starts sending the ready messages, as long as places are free. */
function pump(context: Context): void {
  const { ready, underWay, noticesTo, breakers, wakeAt } = context;
  if (context.work.stopped) return;
  const now = context.clock.now();
  for (const [id, one] of ready) {
    const { entry, noticeTo } = one;
    if (underWay.size >= context.atOnce) return;
    if (noticeTo !== undefined && noticesTo.has(noticeTo)) continue;
    const breaker = breakers[entry.value.channel];
    const resting = breaker.restsUntil(now);
    if (resting !== undefined) wakeAt(resting);
    if (underWay.has(id) || !breaker.may(now)) continue;
    ready.delete(id);
    if (noticeTo !== undefined) noticesTo.add(noticeTo);
    underWay.set(id, sendThenPump(context, one));
  }
}

async function sendThenPump(context: Context, { entry, noticeTo }: Ready): Promise<void> {
  const { ready, underWay, noticesTo } = context;
  try {
    await sendQueued(context, entry);
  } catch (error) {
    // The store failed, or this process stops; the lease expires, and the next look finds the message again.
    context.log.error({ event: 'message.interrupted', ...factsOf(entry), err: error });
    context.wakeAt(context.clock.now() + leaseTime);
  }
  underWay.delete(entry.id);
  if (noticeTo !== undefined) noticesTo.delete(noticeTo);
  pump(context);
  if (context.more && ready.size === 0 && underWay.size === 0) void look(context);
}
