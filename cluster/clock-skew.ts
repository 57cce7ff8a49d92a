/**
 * Estimates whether the clock of this machine is right: compares it with the store's clock where the store has one,
 * otherwise with times that other nodes wrote and that lie in the future here. Pure.
 */
export interface ClockReading {
  /** By the clock of this machine, ms: before the request and after the answer. */
  readonly asked: number;
  readonly answered: number;
  /** The time that the other clock gave. */
  readonly said: number;
}

/** ms; a larger difference is reported. */
export const tolerated = 3_000;

/** The least difference (ms) by which this clock is ahead (negative: behind); 0 when it may be right. */
export function differenceOf({ asked, answered, said }: ClockReading): number {
  const least = said > answered ? answered - said : said < asked ? asked - said : 0;
  return Math.abs(least) > tolerated ? least : 0;
}

/** The same from the times that other nodes wrote: they lie in the past, unless one of the clocks is wrong. */
export function differenceFromOthers(now: number, written: readonly number[]): number {
  const least = Math.min(0, ...written.map((at) => now - at));
  return -least > tolerated ? least : 0;
}
