/**
 * The clock as an argument: milliseconds since 1970-01-01T00:00:00Z. Nothing else in the product reads the wall clock.
 */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** A clock that moves only when it is set: for tests, and for judging another day. */
export interface MovableClock extends Clock {
  set(instant: number): void;
  advance(milliseconds: number): void;
}

export function movableClock(start: number): MovableClock {
  let instant = start;
  return {
    now: () => instant,
    set: (to) => {
      instant = to;
    },
    advance: (by) => {
      instant += by;
    },
  };
}
