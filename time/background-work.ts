/**
 * Work that a process does behind its pages: timers that can be moved, work in order, and an end that waits for what is under way. Relay, outbox and
 * other jobs use it instead of timers of their own.
 */
import type { Clock } from './clock.ts';
import type { Scheduler } from './scheduler.ts';

/** One run at a time is planned. After `stop` nothing is planned any more. */
export interface Timer {
  /** Plans a run, in place of the planned one. */
  set(milliseconds: number, run: () => void): void;
  /** Plans a run, unless one is planned. */
  setIfFree(milliseconds: number, run: () => void): void;
  /** Plans a run for an instant (ms), in place of a planned one that is later. */
  setBy(instant: number, run: () => void): void;
  cancel(): void;
}

export interface BackgroundWork {
  readonly stopped: boolean;
  timer(): Timer;
  /** Runs one work after the other, in the order of the calls. Rejects as the work does; the next one runs all the same. */
  inOrder(work: () => Promise<void>): Promise<void>;
  /** Cancels every timer, then waits for `rest`, at most some seconds. Never rejects; a second call waits for the first. */
  stop(rest: () => Promise<unknown>): Promise<void>;
}

/** The leadership among several processes, as far as background jobs need it. */
export interface WatchedLeadership {
  /** Whether this process is the leader now. */
  held(): boolean;
  /** Called when this process has become the leader. */
  onTaken(listener: () => void): void;
}

const drainTime = 5_000;

interface State {
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly timers: Set<Timer>;
  last: Promise<void>;
  stopped: boolean;
}

export function createBackgroundWork({ scheduler, clock }: Pick<State, 'scheduler' | 'clock'>): BackgroundWork {
  const state: State = { scheduler, clock, timers: new Set(), last: Promise.resolve(), stopped: false };
  let stopping: Promise<void> | undefined;
  return {
    get stopped() {
      return state.stopped;
    },
    timer: () => addTimer(state),
    inOrder(work) {
      const done = state.last.then(work);
      state.last = done.catch(() => undefined);
      return done;
    },
    stop: (rest) => (stopping ??= stop(state, rest)),
  };
}

function addTimer(state: State): Timer {
  let planned: { readonly at: number; readonly cancel: () => void } | undefined;
  const set = (milliseconds: number, at: number, run: () => void): void => {
    if (state.stopped) return;
    planned?.cancel();
    const cancel = state.scheduler.after(milliseconds, () => {
      planned = undefined;
      run();
    });
    planned = { at, cancel };
  };
  const timer: Timer = {
    set: (milliseconds, run) => set(milliseconds, state.clock.now() + milliseconds, run),
    setIfFree(milliseconds, run) {
      if (!planned) timer.set(milliseconds, run);
    },
    setBy(instant, run) {
      if (!planned || planned.at > instant) set(Math.max(0, instant - state.clock.now()), instant, run);
    },
    cancel() {
      planned?.cancel();
      planned = undefined;
    },
  };
  state.timers.add(timer);
  return timer;
}

async function stop(state: State, rest: () => Promise<unknown>): Promise<void> {
  state.stopped = true;
  for (const timer of state.timers) timer.cancel();
  await atMost(state.scheduler, drainTime, rest());
}

/** Resolves when the work has ended, well or not, or when the time (ms) is over. */
export const atMost = (scheduler: Scheduler, milliseconds: number, work: Promise<unknown>): Promise<void> =>
  new Promise((resolve) => {
    const cancel = scheduler.after(milliseconds, resolve);
    void Promise.allSettled([work]).then(() => {
      cancel();
      return resolve();
    });
  });

/** A work that is asked for while it runs is not begun again: all wait for the one that runs. */
export interface SharedRun<R> {
  run(): Promise<R>;
  /** The run that goes on now. */
  readonly underWay: Promise<R> | undefined;
}

export function sharedRun<R>(work: () => Promise<R>): SharedRun<R> {
  let underWay: Promise<R> | undefined;
  return {
    run: () =>
      (underWay ??= work().finally(() => {
        underWay = undefined;
      })),
    get underWay() {
      return underWay;
    },
  };
}
