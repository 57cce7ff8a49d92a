/**
 * Deletes keys whose day of deletion has come, where this process is the leader and its clock has run evenly for a
 * while: what is deleted does not come back. Looks once a minute, which costs nothing before such a day has come, and
 * once an hour reads the index anew for accounts that came or changed. `create-app.ts` starts and stops it.
 */
import type { Logger } from 'pino';
import type { Services } from '../admin/services.ts';
import { createBackgroundWork, sharedRun, type WatchedLeadership } from '../time/background-work.ts';
import type { Clock } from '../time/clock.ts';
import type { EvenClock } from '../time/even-clock.ts';
import { pause, systemScheduler, type Scheduler } from '../time/scheduler.ts';
import { dueText, mayAnyBeDue, purgeRound, type Purged, type PurgeParts } from './purge-round.ts';

export interface PurgeJob {
  start(): void;
  /** Waits for the account that is under way. */
  stop(): Promise<void>;
  /** One look; `undefined`: there was nothing to do, or not here. Rejects with `StorageUnavailable`. */
  look(): Promise<Purged | undefined>;
}

export interface PurgeJobParts extends PurgeParts {
  readonly schedules: Pick<Services['schedules'], 'stored' | 'current'>;
  readonly clock: Clock;
  readonly even: EvenClock;
  readonly log: Logger;
  readonly leader: WatchedLeadership;
  readonly scheduler?: Scheduler;
}

const lookEvery = 60_000;
/** ms between batches: audit events and reviews of sessions of sign-ins go the same way as those of deleted keys. */
const restAfterBatch = 500;
/** ms after which accounts are looked for anew by the same dates; by reading all of them less often. */
const again = { byIndex: 3_600_000, readAll: 86_400_000 };

interface Finished {
  readonly text: string;
  readonly until: number;
}

export function createPurgeJob(parts: PurgeJobParts): PurgeJob {
  const { clock, even, leader, log, schedules, scheduler = systemScheduler } = parts;
  const work = createBackgroundWork({ scheduler, clock });
  const timer = work.timer();
  let finished: Finished | undefined;
  // The clock comes first: every process checks it every minute, leader or not.
  const goesOn = (): boolean => even.isEven() && !work.stopped && leader.isLeader();
  const round = sharedRun(async () => {
    if (!goesOn()) return undefined;
    const [dates, now] = [await schedules.current(), clock.now()];
    if (!mayAnyBeDue(dates, now)) return undefined;
    const text = dueText(dates, now);
    if (finished?.text === text && now < finished.until) return undefined;
    const purged = await purgeRound(parts, { goesOn, rest: () => pause(scheduler, restAfterBatch) });
    const { complete, readAll, accounts, keys } = purged;
    if (complete) finished = { text, until: now + (readAll ? again.readAll : again.byIndex) };
    if (accounts > 0) log.info({ event: 'keys.purged', accounts, keys });
    return purged;
  });
  const lookIn = (milliseconds: number): void =>
    timer.set(milliseconds, () => {
      void round
        .run()
        .catch((error: unknown) => log.warn({ event: 'keys.purge-delayed', err: error }))
        .finally(() => lookIn(lookEvery));
    });
  return {
    start: () => lookIn(lookEvery),
    stop: () => work.stop(async () => round.underWay?.catch(() => undefined)),
    look: () => round.run(),
  };
}
