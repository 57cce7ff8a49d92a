/** This process as one of several on a store: it says that it is there, compares its clock, and attends to the duty. */
import type { Logger } from 'pino';
import type { Clock } from '../time/clock.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { differenceFromOthers, differenceOf } from './clock-skew.ts';
import { createLeadership, type Leadership } from './leader-lease.ts';
import { createHeartbeat } from './heartbeat.ts';

export interface Membership {
  /** Whether this process does what one of all must do. */
  readonly held: Leadership['held'];
  readonly onTaken: Leadership['onTaken'];
  /** ms by which this clock is ahead of the others (negative: behind); 0 as far as is known. */
  clockDifference(): number;
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
  steadily,
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
}): Membership {
  const heartbeat = createHeartbeat({ storage, clock, id, label });
  const leader = createLeadership({ storage, holder: id, ...(steadily && { steadily }) });
  let difference = 0;
  let troubled = false;
  let timer: NodeJS.Timeout | undefined;
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
  const attend = async (): Promise<void> => {
    try {
      await heartbeat.beat();
      await leader.attend();
      await compareClocks();
      troubled = false;
    } catch (error) {
      if (!troubled) log.warn({ event: 'node.silent', err: error });
      troubled = true;
    }
  };
  const next = (): void => {
    timer = setTimeout(() => {
      attending = attend().finally(() => {
        if (timer !== undefined) next();
      });
    }, attendEvery);
    timer.unref();
  };

  return {
    held: () => leader.held(),
    onTaken: (listener) => leader.onTaken(listener),
    clockDifference: () => difference,
    async enter() {
      await heartbeat.beat();
      await compareClocks();
      attending = leader.attend().catch(() => undefined);
      next();
    },
    async leave() {
      clearTimeout(timer);
      timer = undefined;
      await attending;
      await Promise.allSettled([heartbeat.leave(), leader.layDown()]);
    },
  };
}
