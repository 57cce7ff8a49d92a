/**
 * A clock with timers that stands still until a test moves it: what falls due on the way runs in order, each at its
 * instant.
 */
import { movableClock, type Clock } from '../../time/clock.ts';
import type { Scheduler } from '../../time/scheduler.ts';

export interface MovedTime {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  advance(milliseconds: number): void;
}

export function movedTime(start = Date.UTC(2024, 0, 30, 12)): MovedTime {
  const clock = movableClock(start);
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  return {
    clock: { now: () => clock.now() },
    scheduler: {
      after(milliseconds, run) {
        const timer = { at: clock.now() + milliseconds, run };
        timers.add(timer);
        return () => {
          timers.delete(timer);
        };
      },
    },
    advance(milliseconds) {
      const end = clock.now() + milliseconds;
      for (;;) {
        const next = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers.delete(next);
        clock.set(Math.max(clock.now(), next.at));
        next.run();
      }
      clock.set(end);
    },
  };
}
