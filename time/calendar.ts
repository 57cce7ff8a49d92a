/**
 * Converts local days to instants and back. Administrators write days ("until and including 30 January"), the policy
 * compares instants (ms since the epoch); only this file converts between them, with an explicit time zone. Pure: reads
 * neither the clock nor the machine's zone.
 */
import { Temporal } from 'temporal-polyfill';

/** `YYYY-MM-DD` of the Gregorian calendar. */
export type Day = string;

const dayForm = /^\d{4}-\d{2}-\d{2}$/;
/**
 * Code adds one to a day and looks at instants within two weeks of it: all of these must have a year of four digits.
 */
const [firstDay, lastDay] = ['1000-01-01', '9999-11-30'];

/** Whether it is a valid day (not 30 February), and its neighbours can be written too (1000-01-01 to 9999-11-30). */
export const isDay = (text: string): boolean => text >= firstDay && text <= lastDay && isWritten(text);

function isWritten(text: string): boolean {
  if (!dayForm.test(text)) return false;
  try {
    Temporal.PlainDate.from(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether it is the name of a zone of the IANA database (`Europe/Brussels`, `UTC`). Offsets such as `+01:00` are
 * refused, because they have no summer time.
 */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function plain(day: Day): Temporal.PlainDate {
  if (!isWritten(day)) throw new RangeError(`Not a day: ${JSON.stringify(day)}.`);
  return Temporal.PlainDate.from(day);
}

/**
 * The first instant (ms) of a local day: its midnight, or, where a clock change skips midnight, the first instant after
 * the gap. Throws a RangeError for an invalid day or zone.
 */
export function startOfDay(day: Day, zone: string): number {
  return plain(day).toZonedDateTime(zone).epochMilliseconds;
}

/**
 * The first instant (ms) after a local day: what is valid "until and including" that day ends here. Throws as
 * `startOfDay`.
 */
export function endOfDay(day: Day, zone: string): number {
  return startOfDay(addDays(day, 1), zone);
}

/** The local day of an instant (ms). */
export function dayOf(instant: number, zone: string): Day {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate().toString();
}

/** The last local day before an instant (ms): for a sunset at midnight, the last day on which the key works. */
export function lastDayBefore(instant: number, zone: string): Day {
  return dayOf(instant - 1, zone);
}

/** `count` may be negative. */
export function addDays(day: Day, count: number): Day {
  return plain(day).add({ days: count }).toString();
}

/** Whole local days that remain before `end` (ms), the present one included: 1 on the last day, 0 when over. */
export function daysUntil(end: number, now: number, zone: string): number {
  if (now >= end) return 0;
  return plain(dayOf(now, zone)).until(plain(lastDayBefore(end, zone)), { largestUnit: 'days' }).days + 1;
}

/** An instant (ms) as text in a zone, with the zone: `2024-01-31 00:00 (Europe/Brussels)`. */
export function localInstant(instant: number, zone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDateTime();
  return `${local.toString({ smallestUnit: 'minute' }).replace('T', ' ')} (${zone})`;
}

/**
 * Parses an instant (ms): a day (its beginning), a local time (`2027-01-01T09:00`), or an instant with its offset. A
 * local time that a clock change skips or repeats is refused. Years 1000 to 9999.
 */
export function instantMeant(written: string, zone: string): number | 'none' | 'skipped' | 'twice' {
  if (isDay(written)) return startOfDay(written, zone);
  const [, day = '', offset] = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d)?(Z|[+-]\d\d:\d\d)?$/.exec(written) ?? [];
  if (!isDay(day)) return 'none';
  try {
    if (offset !== undefined) return Temporal.Instant.from(written).epochMilliseconds;
    const local = Temporal.PlainDateTime.from(written, { overflow: 'reject' });
    const [earlier, later] = (['earlier', 'later'] as const).map((disambiguation) =>
      local.toZonedDateTime(zone, { disambiguation }),
    );
    if (!earlier || !later || earlier.epochMilliseconds === later.epochMilliseconds)
      return earlier?.epochMilliseconds ?? 'none';
    return earlier.toPlainDateTime().equals(local) ? 'twice' : 'skipped';
  } catch {
    return 'none';
  }
}

/** Minutes of the day, 0 to 1439, that a clock in the zone shows at an instant (ms). */
export function minuteOf(instant: number, zone: string): number {
  const { hour, minute } = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
  return hour * 60 + minute;
}

/**
 * The instant (ms) at which a clock in the zone shows so many minutes of a day; of a time that a clock change skips,
 * the one as long after. Of two the first.
 */
export function atTimeOfDay(day: Day, minutes: number, zone: string): number {
  const time = Temporal.PlainTime.from({ hour: Math.floor(minutes / 60), minute: minutes % 60 });
  return plain(day).toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds;
}
