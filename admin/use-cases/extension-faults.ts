/**
 * Why an extension for one person is refused: it changes nothing, exceeds a bound of the configuration, or ends after
 * all factors that could replace the key.
 */
import { circumstancesOf } from '../../accounts/circumstances.ts';
import type { Person } from '../../accounts/person.ts';
import { withPersonalDates } from '../../accounts/personal-dates.ts';
import { decidingDates, type DecidedDate } from '../../factors/policy/deciding-dates.ts';
import { ruleFor } from '../../factors/policy/schedule-rules.ts';
import type { Schedule } from '../../factors/policy/types.ts';
import { refuse, type Refusal } from '../refusals.ts';
import type { Services } from '../services.ts';
import { lastDayInWords } from './date-words.ts';
import { checkLength, checkNumber, countExtended, extensionOver, isExtended } from './extension-bounds.ts';
import { noEffect } from './schedule-effects.ts';

type Parts = Pick<Services, 'settings' | 'people' | 'schedules' | 'clock'>;

/** @param end of the extension (ms) */
export async function extensionFaults(
  { settings, people, schedules, clock }: Parts,
  account: Person,
  after: Person,
  schedule: Schedule,
  end: number,
): Promise<readonly Refusal[]> {
  const { factor, zone } = schedule;
  const now = clock.now();
  const before = deciding(schedule, withoutExtension(account, factor));
  const from = ruleFor(schedule, { kind: 'all' })?.sunsetAt ?? before?.instant;
  const clients = [undefined, ...schedule.rules.flatMap(({ scope }) => (scope.kind === 'client' ? [scope.id] : []))];
  const decides = clients.some((client) => deciding(schedule, after, client)?.by.kind === 'person-extension');
  if (from === undefined || !decides) return noEffect({ first: before, end }, zone).refusals;
  if (end <= now) return extensionOver(end, zone).refusals;
  const tooLong = checkLength(settings.extensions, { end, from, zone });
  if (tooLong.length > 0) return tooLong;
  const counted = await countExtended({ people, schedules }, schedule, now);
  if (!counted.ok) return counted.refusals;
  const more = isExtended(account, schedule, now) ? 0 : 1;
  return checkNumber(settings.extensions, { ...counted.value, extended: counted.value.extended + more });
}

/** The last day of the account: for sign-ins anywhere, or at one relying party. */
export const deciding = (schedule: Schedule, account: Person, client?: string): DecidedDate | undefined =>
  decidingDates(schedule, circumstancesOf(account, client)).sunsetAt;

export function withoutExtension(account: Person, factor: string): Person {
  const { extendedTo: _extension, ...others } = account.dates?.[factor] ?? {};
  return withPersonalDates(account, factor, others);
}

/** @param end of the extension (ms) */
export const outlives = ({ username }: Person, { factor, zone }: Schedule, end: number) =>
  refuse(
    'extension_outlives_replacement',
    `Nothing that could take the place of ${factor} lasts longer than ${lastDayInWords(end, zone)}, and no other key of ${username} would work afterwards. Choose an earlier day, or put off the last day of a replacement first.`,
  );
