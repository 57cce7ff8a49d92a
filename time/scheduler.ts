/** Timers as an argument, so that a test decides when time has passed. */
export interface Scheduler {
  /**
   * Runs once, not before `milliseconds` have passed; the returned function cancels it. A timer never keeps the process
   * alive.
   */
  after(milliseconds: number, run: () => void): () => void;
}

export const systemScheduler: Scheduler = {
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves when the time (ms) is over. */
export const pause = (scheduler: Scheduler, milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    scheduler.after(milliseconds, resolve);
  });
