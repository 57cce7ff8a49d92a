/**
 * Delivers the pending items of accounts: messages to the outbox, audit events to the audit log. Then it removes them
 * from the account. Outbox and audit log accept the same id twice and act once, so the relay may be killed between any
 * two steps: it learns of new items right after each write, and finds in the store what a killed process left.
 */
import type { Logger } from 'pino';
import type { Clock } from '../time/clock.ts';
import type { QueuedItem } from './outbox-store.ts';
import { pendingSince } from '../accounts/notices.ts';
import type { People } from '../accounts/person-store.ts';
import type { AuditEvent, PendingItem, Person } from '../accounts/person.ts';
import {
  createBackgroundWork,
  type BackgroundWork,
  type Timer,
  type WatchedLeadership,
} from '../time/background-work.ts';
import { inParallel } from '../time/in-parallel.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';

export interface PendingLine {
  readonly id: string;
  readonly event: AuditEvent;
}

/** Another document that has pending audit events. */
export interface OtherSource {
  /** Hands over what is pending and removes it once `append` has resolved. */
  carryOver(append: (lines: readonly PendingLine[]) => Promise<void>): Promise<void>;
  onPending(listener: () => void): void;
}

export interface Relay {
  /** Starts with items of earlier runs, and looks for more at intervals. */
  start(): void;
  /** Delivers and removes everything that is pending at this moment; rejects when a store fails. */
  flush(): Promise<void>;
  /** Delivers and removes the items that it knows of, at most 5 s. */
  stop(): Promise<void>;
}

export interface RelayParts {
  readonly people: Pick<People, 'withPending' | 'change' | 'forget' | 'onPending'>;
  readonly others?: readonly OtherSource[];
  /** Idempotent by id, durable when it resolves. */
  readonly outbox: { queue(messages: readonly QueuedItem[]): Promise<void> };
  /** Idempotent by id, durable when it resolves. */
  readonly audit: { append(lines: readonly PendingLine[]): Promise<void> };
  /**
   * Reviews the sessions of a person, or stores the request for it; once it resolves, the review is not lost. Absent:
   * other processes do it.
   */
  readonly reviewSessions?: (personId: string, options: { readonly all: boolean }) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly scheduler?: Scheduler;
  /**
   * Least time (ms) between the delivery of items and their removal from the account; 0: at once. Default: a second, so
   * that the write does not delay a sign-in.
   */
  readonly removeAfter?: number;
  /** Whether this process is the leader, which looks for items of other processes. Default: it is. */
  readonly leader?: WatchedLeadership;
}

/** Items that come within this time (ms) are delivered together. */
const gatherTime = 50;
const gatherAtMost = 64;
const defaultRemoveAfter = 1_000;
/**
 * How many accounts are written at once when delivered items are removed: so that a store that answers one call after
 * the other answers the last one in time too.
 */
const removeAtOnce = 32;
const lookEvery = 10_000;
/** Younger items (ms) are delivered by the process that wrote them; a look takes only older ones. */
const ownTime = 10_000;
const lookAtMost = 500;
const looksInARow = 20;
const firstPause = 1_000;

type ItemsByPerson = Map<string, Map<string, PendingItem>>;

interface Context extends RelayParts {
  readonly others: readonly OtherSource[];
  readonly work: BackgroundWork;
  readonly deliverTimer: Timer;
  readonly removeTimer: Timer;
  readonly lookTimer: Timer;
  /** Known, and not being delivered yet. */
  gathered: ItemsByPerson;
  gatheredCount: number;
  /** Being delivered. */
  underWay: ItemsByPerson;
  /** Ids of delivered items that are not removed yet, by person. */
  readonly delivered: Map<string, Set<string>>;
  /** Whether the other documents (`others`) may have pending events. */
  othersPending: boolean;
  /** ms until the next try after a failure. */
  pause: number;
}

export function createRelay(parts: RelayParts): Relay {
  const { people, others = [], scheduler = systemScheduler, clock } = parts;
  const work = createBackgroundWork({ scheduler, clock });
  const context: Context = {
    ...parts,
    others,
    work,
    deliverTimer: work.timer(),
    removeTimer: work.timer(),
    lookTimer: work.timer(),
    gathered: new Map(),
    gatheredCount: 0,
    underWay: new Map(),
    delivered: new Map(),
    othersPending: false,
    pause: firstPause,
  };
  parts.leader?.onElected(() => lookIn(context, 0, true));
  people.onPending((person) => {
    gather(context, person);
    if (context.gatheredCount > 0) deliverSoon(context);
  });
  for (const other of others) {
    other.onPending(() => {
      context.othersPending = true;
      deliverSoon(context);
    });
  }
  return {
    start: () => lookIn(context, 0, true),
    flush: () => work.inOrder(() => look(context, false)),
    stop: () => work.stop(() => deliverRest(context)),
  };
}

function gather(context: Context, person: Pick<Person, 'id' | 'pending'>): void {
  const { gathered, underWay, delivered } = context;
  const done = delivered.get(person.id);
  for (const pending of person.pending) {
    if (pending.kind === 'sessions' && !context.reviewSessions) continue;
    if (done?.has(pending.id) || underWay.get(person.id)?.has(pending.id)) continue;
    const items = gathered.get(person.id) ?? new Map<string, PendingItem>();
    if (!items.has(pending.id)) context.gatheredCount += 1;
    gathered.set(person.id, items.set(pending.id, pending));
  }
}

async function deliver(context: Context): Promise<void> {
  context.underWay = context.gathered;
  context.gathered = new Map();
  context.gatheredCount = 0;
  try {
    await deliverUnderWay(context);
  } finally {
    context.underWay = new Map();
  }
}

async function deliverUnderWay(context: Context): Promise<void> {
  const { underWay, outbox, audit, delivered } = context;
  const items = [...underWay.values()].flatMap((pending) => [...pending.values()]);
  const messages = items.filter((item) => item.kind === 'message').map(({ id, message }) => ({ id, message }));
  const lines = items.filter((item) => item.kind === 'audit').map(({ id, event }) => ({ id, event }));
  await Promise.all([
    messages.length > 0 && outbox.queue(messages),
    lines.length > 0 && audit.append(lines),
    context.othersPending && deliverOthers(context),
    ...[...underWay].map(([person, pending]) => reviewSessions(context, person, [...pending.values()])),
  ]);
  for (const [person, pending] of underWay) {
    delivered.set(person, new Set([...(delivered.get(person) ?? []), ...pending.keys()]));
  }
}

async function reviewSessions(context: Context, person: string, pending: readonly PendingItem[]): Promise<void> {
  const reviews = pending.filter(({ kind }) => kind === 'sessions');
  if (reviews.length > 0)
    await context.reviewSessions?.(person, { all: reviews.some((one) => one.kind === 'sessions' && one.all) });
}

async function deliverOthers(context: Context): Promise<void> {
  context.othersPending = false;
  for (const other of context.others) await other.carryOver((lines) => context.audit.append(lines));
}

async function removeDelivered({ people, delivered, removeTimer }: Context): Promise<void> {
  removeTimer.cancel();
  await inParallel([...delivered], removeAtOnce, async ([id, ids]) => {
    let isRemoved = false;
    await people.change(id, (person) => {
      isRemoved = person.removedAt !== undefined;
      if (isRemoved) return undefined;
      const pending = person.pending.filter((one) => !ids.has(one.id));
      return pending.length < person.pending.length ? { ...person, pending } : undefined;
    });
    // What was delivered of a removed account is remembered until the rest is delivered too.
    if (!isRemoved || (await people.forget(id, ids))) delivered.delete(id);
  });
}

/** After a failure everything is still in the store: the relay reads it again, after a pause that grows. */
function soon(context: Context, step: string, run: () => Promise<void>): void {
  void context.work
    .inOrder(run)
    .then(() => (context.pause = firstPause))
    .catch((error: unknown) => {
      const { pause } = context;
      context.log.warn({ event: 'relay.delayed', err: error, step, pause });
      lookIn(context, pause, true);
      context.pause = Math.min(pause * 2, lookEvery);
    });
}

function deliverSoon(context: Context): void {
  if (context.work.stopped) return;
  if (context.gatheredCount >= gatherAtMost) deliverNow(context);
  else context.deliverTimer.setIfFree(gatherTime, () => deliverNow(context));
}

function deliverNow(context: Context): void {
  context.deliverTimer.cancel();
  soon(context, 'carry', async () => {
    await deliver(context);
    const { removeAfter = defaultRemoveAfter } = context;
    if (removeAfter === 0) await removeDelivered(context);
    else if (context.delivered.size > 0)
      context.removeTimer.setIfFree(removeAfter, () => soon(context, 'strike', () => removeDelivered(context)));
  });
}

/** @param old whether to leave young items to the process that wrote them */
async function look(context: Context, old: boolean): Promise<void> {
  context.othersPending = context.others.length > 0;
  for (let row = 0; row < looksInARow; row++) {
    const waiting = await context.people.withPending(lookAtMost);
    const full = waiting.length === lookAtMost;
    const before = context.clock.now() - ownTime;
    // All items of a full page are taken: old ones might follow.
    for (const { value } of waiting)
      if (full || !old || value.pending.some((item) => pendingSince(item) <= before)) gather(context, value);
    await deliver(context);
    await removeDelivered(context);
    if (!full) return;
  }
}

/** @param all whether to look also when this process is not the leader, and for young items too */
function lookIn(context: Context, milliseconds: number, all = false): void {
  context.lookTimer.set(milliseconds, () => {
    lookIn(context, lookEvery);
    if (all || context.leader?.isLeader() !== false) soon(context, 'look', () => look(context, !all));
  });
}

const deliverRest = (context: Context): Promise<void> =>
  context.work
    .inOrder(async () => {
      await deliver(context);
      await removeDelivered(context);
    })
    .catch((error: unknown) => context.log.warn({ event: 'relay.left', err: error }));
