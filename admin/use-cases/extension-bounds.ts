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
import type { ScheduleState } from '../../schedules/schedule-history.ts';
import type { ScheduleStore } from '../../schedules/schedule-store.ts';
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

export interface Counted {
  /** People who have a key of the factor and are not disabled. */
  readonly people: number;
  /** How many of these have an extension that is not over. */
  readonly extended: number;
  /** The most that had such a key since its last day was set, as far as that was counted. */
  readonly held: number;
}

/** @param now ms */
export async function countExtended(
  {
    people,
    schedules,
  }: { readonly people: Pick<People, 'shapes'>; readonly schedules: Pick<ScheduleStore, 'history'> },
  schedule: Schedule,
  now: number,
): Promise<Outcome<Counted>> {
  const shapes = await people.shapes().catch(tooMany);
  if ('ok' in shapes) return shapes;
  let [counted, extended] = [0, 0];
  for (const { key, documents } of shapes) {
    const account = personOfShape(key);
    if (account.disabled || !holdsActive(account, schedule.factor)) continue;
    counted += documents;
    if (isExtended(account, schedule, now)) extended += documents;
  }
  return done({ people: counted, extended, held: heldSince(await schedules.history(schedule.factor), counted) });
}

/**
 * Of how many people `extensions.mostPercent` is a share: of those who held such a key at any change of its dates since
 * it has a last day. So the bound does not shrink while people move away.
 * @param states the newest first
 */
export function heldSince(states: readonly Pick<ScheduleState, 'schedule' | 'people'>[], now: number): number {
  const withoutEnd = states.findIndex(({ schedule }) => schedule.rules.every(({ sunsetAt }) => sunsetAt === undefined));
  const ending = withoutEnd < 0 ? states : states.slice(0, withoutEnd);
  return Math.max(now, ...ending.map(({ people = 0 }) => people));
}

/** For sign-ins anywhere; an extension at one relying party alone has only a bound on its length. */
export function isExtended(account: Pick<Person, 'groups' | 'dates'>, schedule: Schedule, now: number): boolean {
  const { extended, sunsetAt } = effective(schedule, circumstancesOf(account), now);
  return extended === true && sunsetAt !== undefined && now < sunsetAt;
}

export const holdsActive = ({ keys }: Pick<Person, 'keys'>, factor: string): boolean =>
  keys.some((key) => key.factor === factor && key.status === 'active');

/** For how many people a last day may be put off; for one always. */
export const mostExtended = ({ mostPercent }: Pick<ExtensionBounds, 'mostPercent'>, held: number): number =>
  Math.max(1, Math.floor((held * mostPercent) / 100));

/** @param extended with the extension that is asked for */
export function checkNumber(bounds: ExtensionBounds, { people, extended, held }: Counted): readonly Refusal[] {
  const most = mostExtended(bounds, held);
  if (extended <= most) return [];
  const whose =
    held > people
      ? `${held} people have held such a key since its last day was set (${people} still do)`
      : `${people} people hold such a key`;
  return refuse(
    'extension_too_many',
    `${whose}, and for ${most} of them at most the last day may be put off (\`extensions.mostPercent\`: ${bounds.mostPercent}); it would be ${extended}.`,
  ).refusals;
}

/** @param end of the extension (ms) */
export const extensionOver = (end: number, zone: string) =>
  refuse('extension_over', `${lastDayInWords(end, zone)} is over: a last day is put off to one that is still to come.`);

/**
 * Counts and writes under the lock of this factor, so that two administrators at once do not exceed the bound together.
 */
export async function extendUnderLock<T>(
  changeLocks: Services['changeLocks'],
  { factor, dryRun = false }: { readonly factor: string; readonly dryRun?: boolean | undefined },
  work: () => Promise<DatesOutcome<T>>,
): Promise<DatesOutcome<T>> {
  if (dryRun) return work();
  const found = await changeLocks.hold(`extensions ${factor}`, work);
  if (found !== 'busy') return found;
  return refuse(
    'extension_under_way',
    `Another administrator is putting off a last day of ${factor} at this moment. Nothing was written: try again.`,
  );
}
