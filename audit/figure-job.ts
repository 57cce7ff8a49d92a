/**
 * Counts what is new in the audit log once a minute, where this process is the leader, in slices with rests between.
 * `app/create-app.ts` starts and stops it.
 */
import type { Logger } from 'pino';
import { createBackgroundWork, sharedRun, type WatchedLeadership } from '../time/background-work.ts';
import type { Clock } from '../time/clock.ts';
import { pause, systemScheduler, type Scheduler } from '../time/scheduler.ts';
import { FoldingStopped, type Figures, type Folded } from './fold-figures.ts';

export interface FigureJob {
  start(): void;
  /** Waits for the slice that is under way. */
  stop(): Promise<void>;
  /** One look; `undefined` where this is not the leader. Rejects with `StorageUnavailable`. */
  look(): Promise<Folded | undefined>;
}

export interface FigureJobParts {
  readonly figures: Pick<Figures, 'fold'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly leader: WatchedLeadership;
  readonly scheduler?: Scheduler;
}

const lookEvery = 60_000;
/** ms between slices of some milliseconds: a sign-in comes in between. */
const restAfterSlice = 10;

export function createFigureJob({
  figures,
  clock,
  log,
  leader,
  scheduler = systemScheduler,
}: FigureJobParts): FigureJob {
  const work = createBackgroundWork({ scheduler, clock });
  const timer = work.timer();
  const goesOn = (): boolean => !work.stopped && leader.isLeader();
  const round = sharedRun(async () => {
    if (!goesOn()) return undefined;
    const folded = await figures.fold({ goesOn, rest: () => pause(scheduler, restAfterSlice) });
    if (folded.rebuilt)
      log.warn({ event: 'figures.rebuilt', lines: folded.lines, differed: folded.rebuilt.differed.length });
    return folded;
  });
  const lookIn = (milliseconds: number): void =>
    timer.set(milliseconds, () => {
      void round
        .run()
        .catch((error: unknown) => {
          if (!(error instanceof FoldingStopped)) log.warn({ event: 'figures.delayed', err: error });
        })
        .finally(() => lookIn(lookEvery));
    });
  return {
    start() {
      lookIn(lookEvery);
      leader.onElected(() => lookIn(lookEvery));
    },
    stop: () => work.stop(async () => round.underWay?.catch(() => undefined)),
    look: () => round.run(),
  };
}
