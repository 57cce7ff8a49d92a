/**
 * Background work of a process: timers that can be moved, works that run in order, and a stop that waits for running
 * work. Relay, outbox and other jobs use it instead of their own timers.
 */
import type { Clock } from './clock.ts';
import type { Scheduler } from './scheduler.ts';

/** At most one run is planned. After `stop` no run is planned any more. */
export interface Timer {
  /** Plans a run and replaces a planned one. */
  set(milliseconds: number, run: () => void): void;
  /** Plans a run, unless one is planned already. */
  setIfFree(milliseconds: number, run: () => void): void;
  /** Plans a run for an instant (ms); replaces a planned one that is later. */
  setBy(instant: number, run: () => void): void;
  cancel(): void;
}

export interface BackgroundWork {
  readonly stopped: boolean;
  timer(): Timer;
  /**
   * Runs works one after the other, in the order of the calls. Rejects as the work does; the next one runs all the
   * same.
   */
  inOrder(work: () => Promise<void>): Promise<void>;
  /**
   * Cancels every timer, then waits for `rest`, at most some seconds. Never rejects; a second call waits for the first.
   */
  stop(rest: () => Promise<unknown>): Promise<void>;
}

/** The part of leader election that background jobs need. */
export interface WatchedLeadership {
  /** Whether this process is the leader now. */
  isLeader(): boolean;
  /** Called when this process has become the leader. */
  onElected(listener: () => void): void;
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

/** Resolves when the work has ended or failed, or when the time (ms) is over. */
export const atMost = (scheduler: Scheduler, milliseconds: number, work: Promise<unknown>): Promise<void> =>
  new Promise((resolve) => {
    const cancel = scheduler.after(milliseconds, resolve);
    void Promise.allSettled([work]).then(() => {
      cancel();
      return resolve();
    });
  });

/** Work that is requested while it runs does not start again: all callers wait for the running one. */
export interface SharedRun<R> {
  run(): Promise<R>;
  /** The present run. */
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
