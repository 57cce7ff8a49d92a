/**
 * Compares the configuration of this process with what people hold, when it has become the leader: after the start, in
 * slices between which sign-ins are served. Run by create-app.ts; what is found is told, and changes nothing
 * (docs/decisions/2026-11-30-a-configuration-that-strands.md).
 */
import type { Services } from '../admin/services.ts';
import { noteConfiguration, strandingFacts } from '../admin/use-cases/configuration-note.ts';
import { createBackgroundWork, sharedRun, type WatchedLeadership } from '../time/background-work.ts';
import { pause, systemScheduler, type Scheduler } from '../time/scheduler.ts';

export interface ConfigurationWatch {
  start(): void;
  /** Waits for the look that is under way. */
  stop(): Promise<void>;
  /** One look, where this is the leader. Rejects as `noteConfiguration` does. */
  look(): Promise<void>;
}

export interface ConfigurationWatchParts {
  readonly services: Pick<
    Services,
    'people' | 'settings' | 'registry' | 'schedules' | 'clock' | 'configurations' | 'audit' | 'log'
  >;
  readonly leader: WatchedLeadership;
  readonly scheduler?: Scheduler;
  /** ms of a clock that is never set, for how long a slice takes. */
  readonly steadily?: () => number;
}

/** ms */
const firstLook = 1_000;
const again = 60_000;
const slice = 5;
const restAfterSlice = 5;

export function createConfigurationWatch({
  services,
  leader,
  scheduler = systemScheduler,
  steadily = () => performance.now(),
}: ConfigurationWatchParts): ConfigurationWatch {
  const { log, clock } = services;
  const work = createBackgroundWork({ scheduler, clock });
  const timer = work.timer();
  let isDone = false;
  let isLogged = false;
  const round = sharedRun(async () => {
    if (isDone || work.stopped || !leader.isLeader()) return;
    let begun = steadily();
    const look = await noteConfiguration(services, async () => {
      if (steadily() - begun < slice) return;
      if (work.stopped) throw new WatchStopped();
      await pause(scheduler, restAfterSlice);
      begun = steadily();
    });
    isDone = true;
    if (look && !isLogged) log.error({ event: 'configuration.strands', ...strandingFacts(look) });
    isLogged = true;
  });
  const lookIn = (milliseconds: number): void =>
    timer.set(milliseconds, () => {
      void round.run().catch((error: unknown) => {
        if (error instanceof WatchStopped) return;
        log.warn({ event: 'configuration.not-compared', err: error });
        lookIn(again);
      });
    });
  return {
    start() {
      lookIn(firstLook);
      leader.onElected(() => {
        // Another process may have been the leader with another configuration.
        isDone = false;
        lookIn(firstLook);
      });
    },
    stop: () => work.stop(async () => round.underWay?.catch(() => undefined)),
    look: () => round.run(),
  };
}

class WatchStopped extends Error {}
