/** Hours of the day in which no mail about dates is sent. Pure. */
import { addDays, atTimeOfDay, dayOf, minuteOf } from '../time/calendar.ts';

/** Minutes after midnight; `from` after `until`: over midnight. Equal: no quiet hours. */
export interface QuietHours {
  readonly from: number;
  readonly until: number;
}

/** The first instant (ms) from this one on that is outside them. @param zone IANA name */
export function afterQuietHours({ from, until }: QuietHours, instant: number, zone: string): number {
  const minute = minuteOf(instant, zone);
  const isQuiet = from <= until ? minute >= from && minute < until : minute >= from || minute < until;
  if (!isQuiet) return instant;
  const day = dayOf(instant, zone);
  const end = atTimeOfDay(minute < until ? day : addDays(day, 1), until, zone);
  // If a clock change repeats the hour, they end in the first of the two.
  return end > instant ? end : instant + (until - minute) * 60_000;
}
