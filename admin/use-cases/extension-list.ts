/** Last days that are not everybody's: extensions of persons, groups and relying parties, and earlier days of single persons. */
import type { Person } from '../../accounts/person.ts';
import { scopeName } from '../../factors/policy/schedule-rules.ts';
import type { Schedule } from '../../factors/policy/types.ts';
import { lastDayBefore } from '../../time/calendar.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { bothInstants, lastDayInWords } from './date-words.ts';
import { tooMany } from './look-ahead.ts';
import { ineffective, whyIneffective } from './schedule-effects.ts';

export interface ExtensionListing {
  readonly factor: string;
  /** `person:<user name>`, `group:<name>`, `client:<id>`. */
  readonly for: string;
  readonly kind: 'extension' | 'earlier';
  /** First instant (ISO 8601, UTC) at which the factor is over for them. */
  readonly sunsetAt: string;
  /** In `zone`. */
  readonly lastDay: string;
  readonly zone: string;
  /** Whether that instant has passed. */
  readonly over: boolean;
  readonly says: string;
}

/** In order of the factors; rules first, then persons by their day. @param factor absent: of all */
export async function listExtensions(
  { registry, schedules, people, clock }: Pick<Services, 'registry' | 'schedules' | 'people' | 'clock'>,
  factor?: string,
): Promise<Outcome<readonly ExtensionListing[]>> {
  if (factor !== undefined && !registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  const now = clock.now();
  const asked = Object.values(await schedules.current()).filter((one) => factor === undefined || one.factor === factor);
  const listed: ExtensionListing[] = [];
  for (const schedule of asked) {
    const accounts = await people.withPersonalEnd(schedule.factor).catch(tooMany);
    if ('ok' in accounts) return accounts;
    listed.push(...ofRules(schedule, now), ...accounts.flatMap((account) => ofPerson(schedule, account, now)));
  }
  return done(listed);
}

function ofRules(schedule: Schedule, now: number): readonly ExtensionListing[] {
  return schedule.rules.flatMap((rule) => {
    const { scope, sunsetAt } = rule;
    if (rule.extends !== true || sunsetAt === undefined) return [];
    const found = ineffective(schedule, rule);
    const line = listing(schedule, scopeName(scope), 'extension', sunsetAt, now);
    return [found ? { ...line, says: `${line.says}; has no effect: ${whyIneffective(found, schedule.zone)}` } : line];
  });
}

function ofPerson(schedule: Schedule, { username, dates }: Person, now: number): readonly ExtensionListing[] {
  const { extendedTo, sunsetAt } = dates?.[schedule.factor] ?? {};
  const whose = `person:${username}`;
  return [
    ...(extendedTo === undefined ? [] : [listing(schedule, whose, 'extension', extendedTo, now)]),
    ...(sunsetAt === undefined ? [] : [listing(schedule, whose, 'earlier', sunsetAt, now)]),
  ];
}

const listing = (
  { factor, zone }: Schedule,
  whose: string,
  kind: ExtensionListing['kind'],
  sunsetAt: number,
  now: number,
): ExtensionListing => ({
  factor,
  for: whose,
  kind,
  sunsetAt: new Date(sunsetAt).toISOString(),
  lastDay: lastDayBefore(sunsetAt, zone),
  zone,
  over: now >= sunsetAt,
  says: `until and including ${lastDayInWords(sunsetAt, zone)}; over from ${bothInstants(sunsetAt, zone)}`,
});
