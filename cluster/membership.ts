/**
 * Membership of this process in the cluster on one store: it writes a heartbeat, compares its clock, and takes part in
 * leader election.
 */
import type { Logger } from 'pino';
import type { Clock } from '../time/clock.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';
import { differenceFromOthers, differenceOf } from './clock-skew.ts';
import { createLeadership, type Leadership } from './leader-lease.ts';
import { createHeartbeat, type Heartbeat } from './heartbeat.ts';

export interface Membership {
  /** Whether this process is the leader. */
  readonly isLeader: Leadership['isLeader'];
  readonly onElected: Leadership['onElected'];
  /** ms by which this clock is ahead of the others (negative: behind); 0 if no difference is known. */
  clockDifference(): number;
  /** ms of a clock that is never set: when the last heartbeat was written; `undefined` when the last try failed. */
  wroteAt(): number | undefined;
  /** Whether the store has that heartbeat: a read. */
  readonly isThere: Heartbeat['isThere'];
  /** Resolves when the store has the first heartbeat; logs a wrong clock. */
  enter(): Promise<void>;
  leave(): Promise<void>;
}

const attendEvery = 5_000;

export interface MembershipParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Logger;
  /** New for every process. */
  readonly id: string;
  /** For people: host and process number. */
  readonly label: string;
  /** ms of a clock that is never set. */
  readonly steadily?: () => number;
  readonly scheduler?: Scheduler;
}

interface Context extends MembershipParts {
  readonly steadily: () => number;
  readonly scheduler: Scheduler;
  readonly heartbeat: Heartbeat;
  readonly leader: Leadership;
  /** ms by which this clock is ahead of the others. */
  difference: number;
  /** Whether the log already says that this process cannot write its heartbeat. */
  troubled: boolean;
  wroteAt: number | undefined;
  cancel: (() => void) | undefined;
  attending: Promise<void>;
}

export function createMembership(parts: MembershipParts): Membership {
  const { storage, clock, id, label, steadily = () => performance.now(), scheduler = systemScheduler } = parts;
  const heartbeat = createHeartbeat({ storage, clock, id, label });
  const leader = createLeadership({ storage, node: id, steadily });
  const context: Context = {
    ...parts,
    steadily,
    scheduler,
    heartbeat,
    leader,
    difference: 0,
    troubled: false,
    wroteAt: undefined,
    cancel: undefined,
    attending: Promise.resolve(),
  };
  return {
    isLeader: () => leader.isLeader(),
    onElected: (listener) => leader.onElected(listener),
    clockDifference: () => context.difference,
    wroteAt: () => context.wroteAt,
    isThere: () => heartbeat.isThere(),
    async enter() {
      await beat(context);
      await compareClocks(context);
      context.attending = leader.attend().catch(() => undefined);
      planNext(context);
    },
    async leave() {
      context.cancel?.();
      context.cancel = undefined;
      await context.attending;
      await Promise.allSettled([heartbeat.leave(), leader.resign()]);
    },
  };
}

const othersWrote = async ({ heartbeat, id }: Context): Promise<readonly number[]> =>
  (await heartbeat.nodes()).filter((node) => node.id !== id).map(({ at }) => at);

async function compareClocks(context: Context): Promise<void> {
  const { storage, clock, log, difference } = context;
  // With an embedded store all processes are on one machine and share its clock.
  if (!storage.time) return;
  const asked = clock.now();
  const said = await storage.time();
  const answered = clock.now();
  const now =
    said === undefined
      ? differenceFromOthers(answered, await othersWrote(context))
      : differenceOf({ asked, answered, said });
  const by = said === undefined ? 'nodes' : 'store';
  if (now !== 0 && difference === 0) log.error({ event: 'clock.wrong', aheadSeconds: Math.round(now / 1000), by });
  if (now === 0 && difference !== 0) log.info({ event: 'clock.right' });
  context.difference = now;
}

async function beat(context: Context): Promise<void> {
  const at = context.steadily();
  context.wroteAt = (await context.heartbeat.beat()) ? at : undefined;
}

async function attend(context: Context): Promise<void> {
  try {
    await beat(context);
    await context.leader.attend();
    await compareClocks(context);
    context.troubled = false;
  } catch (error) {
    context.wroteAt = undefined;
    if (!context.troubled) context.log.warn({ event: 'node.silent', err: error });
    context.troubled = true;
  }
}

/** Plans the next heartbeat and, after it, the following ones, until this process leaves. */
function planNext(context: Context): void {
  context.cancel = context.scheduler.after(attendEvery, () => {
    context.attending = attend(context).finally(() => {
      if (context.cancel !== undefined) planNext(context);
    });
  });
}
