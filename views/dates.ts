/** Writes dates and times in the language of the page. */
import type { LanguageCode } from './models.ts';

/** Dates as in Belgium, which uses all three languages, and in English as in Europe: day before month, 24 hours. */
const tags: Readonly<Record<LanguageCode, string>> = { nl: 'nl-BE', fr: 'fr-BE', de: 'de-BE', en: 'en-GB' };

/** A further language of a deployment is its own tag. */
const tagOf = (language: LanguageCode): string => tags[language] ?? language;

const styles = {
  /** 30 January 2024 */
  date: { dateStyle: 'long' },
  /** 14:32 */
  time: { timeStyle: 'short' },
  /** 30 January 2024 at 14:32 */
  moment: { dateStyle: 'long', timeStyle: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export type DateStyle = keyof typeof styles;

const writers = new Map<string, Intl.DateTimeFormat>();

const noBreak = '\u00A0';

/**
 * An instant (ms) written out in a language and in a zone (IANA name). Day and month stay on one line, and so do a time
 * and the word before it.
 * @throws RangeError for an unknown zone or an instant out of range
 */
export function writeDate(style: DateStyle, language: LanguageCode, instant: number, zone: string): string {
  const key = `${style} ${language} ${zone}`;
  let writer = writers.get(key);
  if (writer === undefined) {
    writer = new Intl.DateTimeFormat(tagOf(language), { ...styles[style], timeZone: zone, hourCycle: 'h23' });
    writers.set(key, writer);
  }
  // German says "14:32 Uhr". A time of day without a place would mislead, so the zone is named.
  const hour = language === 'de' && style === 'moment' ? ' Uhr' : '';
  const written = writer.format(instant) + hour + (zone === 'UTC' && style !== 'date' ? ' UTC' : '');
  const ordinal = language === 'fr' ? written.replace(/^1 /, '1er ') : written;
  // A line may end before the year: with large letters on a small telephone the whole date is wider than the page.
  const whole = ordinal.replaceAll(/\s+/g, noBreak).replace(/\u00A0(?=\d{4})/, ' ');
  return style === 'moment' ? whole.replace(/(\d{4}),?\u00A0/, '$1 ') : whole;
}

const zoneNames = new Map<string, string>();

/** A zone without a summer time of its own is called by what it has then. */
const inSummer = Date.UTC(2024, 6, 1);

/** What people call a zone (IANA name), summer and winter alike: `Central European Time`. */
export function zoneName(language: LanguageCode, zone: string): string {
  if (zone === 'UTC') return zone;
  const key = `${language} ${zone}`;
  const known = zoneNames.get(key);
  if (known !== undefined) return known;
  const parts = new Intl.DateTimeFormat(tagOf(language), { timeZone: zone, timeZoneName: 'longGeneric' }).formatToParts(
    inSummer,
  );
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
  zoneNames.set(key, name);
  return name;
}

/** The same for a message, which is broken into lines by others; a text message has no such space. */
export const breakable = (written: string): string => written.replaceAll(noBreak, ' ');
