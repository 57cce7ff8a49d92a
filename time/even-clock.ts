/**
 * Whether a clock has run evenly for a while: beside a clock that is never set, and right as far as others tell. For
 * what cannot be undone and must not happen by a clock that has just been set.
 */
import type { Clock } from './clock.ts';

export interface EvenClock {
  /** Looks at the clock; call it at least once a minute. Whether it has run evenly for long enough, up to now. */
  isEven(): boolean;
}

/** ms for which it must have run evenly. */
export const evenFor = 600_000;
/** ms by which the two may part between two looks, which a clock that is corrected slowly never does. */
const tolerated = 3_000;

/** @param steadily ms of a clock that is never set @param isRight whether others agree with the clock now */
export function createEvenClock({
  clock,
  isRight,
  steadily = () => performance.now(),
}: {
  readonly clock: Clock;
  readonly isRight: () => boolean;
  readonly steadily?: () => number;
}): EvenClock {
  let last: { readonly at: number; readonly steady: number } | undefined;
  let since: number | undefined;
  return {
    isEven() {
      const now = { at: clock.now(), steady: steadily() };
      const jumped = last !== undefined && Math.abs(now.at - last.at - (now.steady - last.steady)) > tolerated;
      last = now;
      if (!isRight()) since = undefined;
      else if (jumped || since === undefined) since = now.steady;
      return since !== undefined && now.steady - since >= evenFor;
    },
  };
}
