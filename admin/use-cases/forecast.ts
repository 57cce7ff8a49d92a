/**
 * Forecasts how many people will have no key of another factor when the last day is over: a straight line, with a range
 * from single weeks. Pure.
 */

/** Whole days that count; `range` is that of any `week` days in a row. */
const window = 14;
const week = 7;
/** With fewer days there is no forecast. */
const fewest = 3;

export type Forecast =
  | {
      readonly method: string;
      /** Whole days that it is computed from. */
      readonly over: number;
      /** People who moved in a day. */
      readonly perDay: number;
      readonly daysLeft: number;
      /** People with no key of another factor when the last day is over. */
      readonly left: number;
      /** The same at the speed of the quickest and of the slowest week. */
      readonly range: readonly [number, number];
    }
  | { readonly none: 'no_last_day' | 'over' | 'too_few_days' | 'one_relying_party' };

export interface ForecastFacts {
  /** People with no key of another factor now. */
  readonly left: number;
  /** Local days until the last one is over; absent: there is no last day. */
  readonly daysLeft: number | undefined;
  /** How many people moved on each whole day that was counted, the last day last. */
  readonly moved: readonly number[];
  /** People belong to no relying party, so there is no forecast for one. */
  readonly isOfClient: boolean;
}

export function forecastOf({ left, daysLeft, moved, isOfClient }: ForecastFacts): Forecast {
  if (isOfClient) return { none: 'one_relying_party' };
  if (daysLeft === undefined) return { none: 'no_last_day' };
  if (daysLeft === 0) return { none: 'over' };
  const last = moved.slice(-window);
  if (last.length < fewest) return { none: 'too_few_days' };
  const span = Math.min(week, last.length);
  const paces = last.slice(span - 1).map((_, end) => mean(last.slice(end, end + span)));
  const at = (perDay: number) => Math.max(0, Math.round(left - perDay * daysLeft));
  const perDay = mean(last);
  return {
    method: `linear over the last ${last.length} whole days`,
    over: last.length,
    perDay: Math.round(perDay * 10) / 10,
    daysLeft,
    left: at(perDay),
    range: [at(Math.max(...paces)), at(Math.min(...paces))],
  };
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
