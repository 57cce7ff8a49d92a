/**
 * Carries what changes still owe the world (`pending`) to where it belongs, messages to the outbox and audit lines to the trail, and strikes it off.
 * Both take the same id twice without doing it twice, so the relay may be killed between any two steps and simply begins again: right after a
 * write from what it was told, and from the store for whatever was left behind.
 */
import type { Logger } from 'pino';
import type { Clock } from '../time/clock.ts';
import type { QueuedItem } from './outbox-store.ts';
import { pendingSince } from '../accounts/notices.ts';
import type { People } from '../accounts/person-store.ts';
import type { AuditEvent, PendingItem, Person } from '../accounts/person.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';

export interface PendingLine {
  readonly id: string;
  readonly event: AuditEvent;
}

/** Another document that owes audit lines. */
export interface OtherDebtor {
  /** Hands over what is owed and strikes it off once `append` has resolved. */
  carryOver(append: (lines: readonly PendingLine[]) => Promise<void>): Promise<void>;
  onPending(listener: () => void): void;
}

export interface Relay {
  /** Begins with what earlier runs left, and looks for more from time to time. */
  start(): void;
  /** Carries and strikes off everything that is owed at this moment; rejects when a store fails. */
  flush(): Promise<void>;
  /** Carries what it was told of, at most 5 s, and strikes off. */
  stop(): Promise<void>;
}

export interface RelayParts {
  readonly people: Pick<People, 'withPending' | 'change' | 'onPending'>;
  readonly others?: readonly OtherDebtor[];
  /** Idempotent by id, durable when it resolves. */
  readonly outbox: { queue(messages: readonly QueuedItem[]): Promise<void> };
  /** Idempotent by id, durable when it resolves. */
  readonly audit: { append(lines: readonly PendingLine[]): Promise<void> };
  /**
   * Looks at the sessions of a person again, or has that done; once it resolves it is not forgotten. Absent: left for others.
   */
  readonly reviewSessions?: (personId: string, options: { readonly all: boolean }) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly scheduler?: Scheduler;
  /** Of several processes one looks for what others left behind. Default: this one. */
  readonly leader?: WatchedLeadership;
}

export interface WatchedLeadership {
  held(): boolean;
  /** Called when this process has taken it over from one that is gone. */
  onTaken(listener: () => void): void;
}

/** What comes in within this time is written together. */
const gatherTime = 50;
const gatherAtMost = 64;
/** A person's document is written for striking off no sooner than this after carrying, so that it keeps out of a sign-in's way. */
const strikeAfter = 1_000;
const lookEvery = 10_000;
/** Younger debts are their own process's business; a look takes only older ones. */
const ownTime = 10_000;
const lookAtMost = 500;
const looksInARow = 20;
const firstPause = 1_000;
const drainTime = 5_000;

export function createRelay(parts: RelayParts): Relay {
  const { people, outbox, audit, clock, log, reviewSessions, others = [], scheduler = systemScheduler, leader } = parts;
  /** Told of and not carried yet, by person. */
  let gathered = new Map<string, Map<string, PendingItem>>();
  let gatheredCount = 0;
  /** Being carried. */
  let underWay: typeof gathered = new Map();
  /** Carried and not struck off yet, by person. */
  const carried = new Map<string, Set<string>>();
  let cancelGather: (() => void) | undefined;
  let cancelStrike: (() => void) | undefined;
  let cancelLook: (() => void) | undefined;
  let othersPending = false;
  let pause = firstPause;
  let stopped = false;
  /** One thing at a time: order within a person is kept, and nothing is carried twice at once. */
  let line: Promise<void> = Promise.resolve();

  const inLine = (work: () => Promise<void>): Promise<void> => {
    const done = line.then(work);
    line = done.catch(() => {});
    return done;
  };

  const gather = (person: Pick<Person, 'id' | 'pending'>): void => {
    const known = carried.get(person.id);
    for (const owed of person.pending) {
      if (owed.kind === 'sessions' && !reviewSessions) continue;
      if (known?.has(owed.id) || underWay.get(person.id)?.has(owed.id)) continue;
      const items = gathered.get(person.id) ?? new Map<string, PendingItem>();
      if (!items.has(owed.id)) gatheredCount += 1;
      gathered.set(person.id, items.set(owed.id, owed));
    }
  };

  const carry = async (): Promise<void> => {
    underWay = gathered;
    gathered = new Map();
    gatheredCount = 0;
    try {
      await carryUnderWay();
    } finally {
      underWay = new Map();
    }
  };

  const carryUnderWay = async (): Promise<void> => {
    const items = [...underWay.values()].flatMap((owed) => [...owed.values()]);
    const messages = items.filter((owed) => owed.kind === 'message').map(({ id, message }) => ({ id, message }));
    const lines = items.filter((owed) => owed.kind === 'audit').map(({ id, event }) => ({ id, event }));
    await Promise.all([
      messages.length > 0 && outbox.queue(messages),
      lines.length > 0 && audit.append(lines),
      othersPending && carryOthers(),
      ...[...underWay].map(([person, owed]) => carrySessions(person, [...owed.values()])),
    ]);
    for (const [person, owed] of underWay) {
      carried.set(person, new Set([...(carried.get(person) ?? []), ...owed.keys()]));
    }
  };

  const carrySessions = async (person: string, owed: readonly PendingItem[]): Promise<void> => {
    const looks = owed.filter(({ kind }) => kind === 'sessions');
    if (looks.length > 0)
      await reviewSessions?.(person, { all: looks.some((one) => one.kind === 'sessions' && one.all) });
  };

  const carryOthers = async (): Promise<void> => {
    othersPending = false;
    for (const other of others) await other.carryOver((lines) => audit.append(lines));
  };

  const strike = async (): Promise<void> => {
    cancelStrike?.();
    cancelStrike = undefined;
    const batch = [...carried];
    await Promise.all(
      batch.map(async ([id, owed]) => {
        await people.change(id, (person) => {
          const pending = person.pending.filter((one) => !owed.has(one.id));
          return pending.length < person.pending.length ? { ...person, pending } : undefined;
        });
        carried.delete(id);
      }),
    );
  };

  /** A failure leaves everything in the store: it is looked for there, after a pause that grows. */
  const soon = (what: string, work: () => Promise<void>): void => {
    void inLine(work)
      .then(() => (pause = firstPause))
      .catch((error: unknown) => {
        log.warn({ event: 'relay.delayed', err: error, step: what, pause });
        lookIn(pause, true);
        pause = Math.min(pause * 2, lookEvery);
      });
  };

  const carrySoon = (): void => {
    if (stopped) return;
    if (gatheredCount >= gatherAtMost) return carryNow();
    cancelGather ??= scheduler.after(gatherTime, carryNow);
  };
  const carryNow = (): void => {
    cancelGather?.();
    cancelGather = undefined;
    soon('carry', async () => {
      await carry();
      if (carried.size > 0 && !stopped) cancelStrike ??= scheduler.after(strikeAfter, () => soon('strike', strike));
    });
  };

  /** @param old only what its own process should have carried by now */
  const look = async (old: boolean): Promise<void> => {
    othersPending = others.length > 0;
    for (let row = 0; row < looksInARow; row++) {
      const waiting = await people.withPending(lookAtMost);
      const full = waiting.length === lookAtMost;
      const before = clock.now() - ownTime;
      // A full page is taken whole: what is old might stand behind it.
      for (const { value } of waiting)
        if (full || !old || value.pending.some((owed) => pendingSince(owed) <= before)) gather(value);
      await carry();
      await strike();
      if (!full) return;
    }
  };
  const lookIn = (milliseconds: number, all = false): void => {
    if (stopped) return;
    cancelLook?.();
    cancelLook = scheduler.after(milliseconds, () => {
      lookIn(lookEvery);
      if (all || leader?.held() !== false) soon('look', () => look(!all));
    });
  };

  leader?.onTaken(() => lookIn(0, true));
  people.onPending((person) => {
    gather(person);
    if (gatheredCount > 0) carrySoon();
  });
  for (const other of others) {
    other.onPending(() => {
      othersPending = true;
      carrySoon();
    });
  }

  return {
    start: () => lookIn(0, true),
    flush: () => inLine(() => look(false)),
    async stop() {
      stopped = true;
      for (const cancel of [cancelGather, cancelStrike, cancelLook]) cancel?.();
      await new Promise<void>((resolve) => {
        const cancel = scheduler.after(drainTime, resolve);
        const rest = inLine(async () => {
          await carry();
          await strike();
        });
        void rest
          .catch((error: unknown) => log.warn({ event: 'relay.left', err: error }))
          .finally(() => {
            cancel();
            resolve();
          });
      });
    },
  };
}
