/**
 * How far, and for how many people, a last day may be extended: `extensions` of the configuration. Called before an
 * extension is written.
 */
import { circumstancesOf } from '../../accounts/circumstances.ts';
import type { Person } from '../../accounts/person.ts';
import { personOfShape } from '../../accounts/shape.ts';
import type { People } from '../../accounts/person-store.ts';
import { effective } from '../../factors/policy/lifecycle.ts';
import type { Schedule } from '../../factors/policy/types.ts';
import { addDays, endOfDay, lastDayBefore } from '../../time/calendar.ts';
import { done, refuse, type Outcome, type Refusal } from '../refusals.ts';
import type { Services } from '../services.ts';
import type { DatesOutcome } from './brake.ts';
import { lastDayInWords } from './date-words.ts';
import { tooMany } from './look-ahead.ts';

export interface ExtensionBounds {
  readonly mostDays: number;
  readonly mostPercent: number;
}

/** @param end of the extension, and of the day that it replaces: first instants (ms) at which the factor is over */
export function checkLength(
  { mostDays }: ExtensionBounds,
  { end, from, zone }: { readonly end: number; readonly from: number; readonly zone: string },
): readonly Refusal[] {
  const latest = endOfDay(addDays(lastDayBefore(from, zone), mostDays), zone);
  if (end <= latest) return [];
  return refuse(
    'extension_too_long',
    `A last day may be put off by ${mostDays} days at most (\`extensions.mostDays\`): until and including ${lastDayInWords(latest, zone)}.`,
  ).refusals;
}

/**
 * How many people have a key of the factor and are not disabled; and how many of these have an extension that is not
 * over.
 */
export async function countExtended(
  people: Pick<People, 'shapes'>,
  schedule: Schedule,
  now: number,
): Promise<Outcome<{ readonly holders: number; readonly extended: number }>> {
  const shapes = await people.shapes().catch(tooMany);
  if ('ok' in shapes) return shapes;
  let [holders, extended] = [0, 0];
  for (const { key, documents } of shapes) {
    const account = personOfShape(key);
    if (account.disabled || !holdsActive(account, schedule.factor)) continue;
    holders += documents;
    if (isExtended(account, schedule, now)) extended += documents;
  }
  return done({ holders, extended });
}

/** For sign-ins anywhere; an extension at one relying party alone has only a bound on its length. */
export function isExtended(account: Pick<Person, 'groups' | 'dates'>, schedule: Schedule, now: number): boolean {
  const { extended, sunsetAt } = effective(schedule, circumstancesOf(account), now);
  return extended === true && sunsetAt !== undefined && now < sunsetAt;
}

export const holdsActive = ({ keys }: Pick<Person, 'keys'>, factor: string): boolean =>
  keys.some((key) => key.factor === factor && key.status === 'active');

/** @param extended with the extension that is asked for */
export function checkNumber(
  { mostPercent }: ExtensionBounds,
  { holders, extended }: { readonly holders: number; readonly extended: number },
): readonly Refusal[] {
  const most = Math.max(1, Math.floor((holders * mostPercent) / 100));
  if (extended <= most) return [];
  return refuse(
    'extension_too_many',
    `${holders} people hold such a key, and for ${most} of them at most the last day may be put off (\`extensions.mostPercent\`: ${mostPercent}); it would be ${extended}.`,
  ).refusals;
}

/** @param end of the extension (ms) */
export const extensionOver = (end: number, zone: string) =>
  refuse('extension_over', `${lastDayInWords(end, zone)} is over: a last day is put off to one that is still to come.`);

/**
 * Counts and writes under the lock of this factor, so that two administrators at once do not exceed the bound together.
 */
export async function extendInTurn<T>(
  schedules: Pick<Services['schedules'], 'inTurn'>,
  { factor, dryRun = false }: { readonly factor: string; readonly dryRun?: boolean | undefined },
  work: () => Promise<DatesOutcome<T>>,
): Promise<DatesOutcome<T>> {
  if (dryRun) return work();
  const found = await schedules.inTurn(factor, work);
  if (found !== 'busy') return found;
  return refuse(
    'extension_under_way',
    `Another administrator is putting off a last day of ${factor} at this moment. Nothing was written: try again.`,
  );
}
