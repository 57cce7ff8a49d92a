/**
 * Whether the clock of this machine is right, as far as others can tell: the store's own clock where it gives one, else whoever says a time that has
 * not come yet here. Pure.
 */
export interface ClockReading {
  /** By the clock of this machine, ms: before the question and after the answer. */
  readonly asked: number;
  readonly answered: number;
  /** What the other clock said. */
  readonly said: number;
}

/** ms; a difference beyond it is told. */
export const tolerated = 3_000;

/** How far this clock is ahead (ms, negative: behind), at the least; 0 when it may be right. */
export function differenceOf({ asked, answered, said }: ClockReading): number {
  const least = said > answered ? answered - said : said < asked ? asked - said : 0;
  return Math.abs(least) > tolerated ? least : 0;
}

/** The same from what other nodes wrote of themselves: their time of writing lies in the past, unless one of the clocks is wrong. */
export function differenceFromOthers(now: number, written: readonly number[]): number {
  const least = Math.min(0, ...written.map((at) => now - at));
  return -least > tolerated ? least : 0;
}
