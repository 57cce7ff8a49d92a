/** This process as one of several on a store: it says that it is there, compares its clock, and attends to the duty. */
import type { Logger } from 'pino';
import type { Clock } from '../time/clock.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';
import { differenceFromOthers, differenceOf } from './clock-skew.ts';
import { createLeadership, type Leadership } from './leader-lease.ts';
import { createHeartbeat, type Heartbeat } from './heartbeat.ts';

export interface Membership {
  /** Whether this process does what one of all must do. */
  readonly held: Leadership['held'];
  readonly onTaken: Leadership['onTaken'];
  /** ms by which this clock is ahead of the others (negative: behind); 0 as far as is known. */
  clockDifference(): number;
  /** ms of a clock that is never set: when what it says of itself was last written; `undefined` when the last try was not. */
  wroteAt(): number | undefined;
  /** Whether that stands in the store: a read. */
  readonly isThere: Heartbeat['isThere'];
  /** Resolves when this process stands in the store; says so in the log when its clock is wrong. */
  enter(): Promise<void>;
  leave(): Promise<void>;
}

const attendEvery = 5_000;

export function createMembership({
  storage,
  clock,
  log,
  id,
  label,
  steadily = () => performance.now(),
  scheduler = systemScheduler,
}: {
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
}): Membership {
  const heartbeat = createHeartbeat({ storage, clock, id, label });
  const leader = createLeadership({ storage, holder: id, steadily });
  let difference = 0;
  let troubled = false;
  let wroteAt: number | undefined;
  let cancel: (() => void) | undefined;
  let attending: Promise<void> = Promise.resolve();

  const othersWrote = async (): Promise<readonly number[]> =>
    (await heartbeat.nodes()).filter((node) => node.id !== id).map(({ at }) => at);
  const compareClocks = async (): Promise<void> => {
    // An engine in the process: all of them are on one machine and its one clock.
    if (!storage.time) return;
    const asked = clock.now();
    const said = await storage.time();
    const answered = clock.now();
    const now =
      said === undefined
        ? differenceFromOthers(answered, await othersWrote())
        : differenceOf({ asked, answered, said });
    if (now !== 0 && difference === 0)
      log.error({
        event: 'clock.wrong',
        aheadSeconds: Math.round(now / 1000),
        by: said === undefined ? 'nodes' : 'store',
      });
    if (now === 0 && difference !== 0) log.info({ event: 'clock.right' });
    difference = now;
  };
  const beat = async (): Promise<void> => {
    const at = steadily();
    wroteAt = (await heartbeat.beat()) ? at : undefined;
  };
  const attend = async (): Promise<void> => {
    try {
      await beat();
      await leader.attend();
      await compareClocks();
      troubled = false;
    } catch (error) {
      wroteAt = undefined;
      if (!troubled) log.warn({ event: 'node.silent', err: error });
      troubled = true;
    }
  };
  const next = (): void => {
    cancel = scheduler.after(attendEvery, () => {
      attending = attend().finally(() => {
        if (cancel !== undefined) next();
      });
    });
  };

  return {
    held: () => leader.held(),
    onTaken: (listener) => leader.onTaken(listener),
    clockDifference: () => difference,
    wroteAt: () => wroteAt,
    isThere: () => heartbeat.isThere(),
    async enter() {
      await beat();
      await compareClocks();
      attending = leader.attend().catch(() => undefined);
      next();
    },
    async leave() {
      cancel?.();
      cancel = undefined;
      await attending;
      await Promise.allSettled([heartbeat.leave(), leader.layDown()]);
    },
  };
}
