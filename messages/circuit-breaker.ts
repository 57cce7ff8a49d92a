/**
 * Circuit breaker: after some faults in a row, no calls go to the server for a while; then a single call tests whether
 * it is back.
 */
export interface Breaker {
  /** Whether a call may be made now: none while the breaker is open; then one at a time, until one succeeds. */
  may(now: number): boolean;
  /**
   * Every call that `may` permitted reports its outcome: false if the server failed, undefined if the server was not
   * called after all.
   */
  report(went: boolean | undefined, now: number): void;
  /** Instant (ms) at which the next try makes sense, while the breaker is open. */
  restsUntil(now: number): number | undefined;
}

const faultsToRest = 3;
const firstRest = 5_000;
const longestRest = 60_000;

export function createBreaker(): Breaker {
  let faults = 0;
  let rest = firstRest;
  let until = 0;
  let trying = false;
  const open = () => faults >= faultsToRest;

  return {
    may(now) {
      if (!open()) return true;
      if (now < until || trying) return false;
      trying = true;
      return true;
    },
    report(went, now) {
      trying = false;
      if (went === undefined) return;
      if (went) {
        faults = 0;
        rest = firstRest;
        return;
      }
      faults += 1;
      // The outcome of a call that began before the breaker opened is no news.
      if (!open() || now < until) return;
      until = now + rest;
      rest = Math.min(rest * 2, longestRest);
    },
    restsUntil: (now) => (open() && now < until ? until : undefined),
  };
}
