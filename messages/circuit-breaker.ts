/** Keeps a server that is down from being asked over and over: after some faults in a row it rests, then a single call tries whether it is back. */
export interface Breaker {
  /** Whether a call may go out now. During a rest: no. After it: one at a time, until one of them went well. */
  may(now: number): boolean;
  /** Every call that `may` let through reports how it went: false when the server itself was the matter, undefined when it was not asked after all. */
  report(went: boolean | undefined, now: number): void;
  /** Instant (ms) at which the next try makes sense, while it rests. */
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
      // Calls that were under way when the rest began say nothing new.
      if (!open() || now < until) return;
      until = now + rest;
      rest = Math.min(rest * 2, longestRest);
    },
    restsUntil: (now) => (open() && now < until ? until : undefined),
  };
}
