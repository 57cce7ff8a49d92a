/**
 * Last days that are not everybody's: extensions of people, groups and relying parties, and earlier days of single
 * people.
 */
import type { DayGiven, Person } from '../../accounts/person.ts';
import { ruleFor, scopeName } from '../../factors/policy/schedule-rules.ts';
import type { Schedule, ScheduleRule } from '../../factors/policy/types.ts';
import type { ScheduleState } from '../../schedules/schedule-history.ts';
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
  /** Who gave it, when (ISO 8601, UTC), and why; `null`: unknown. */
  readonly by: string | null;
  readonly givenAt: string | null;
  readonly reason: string | null;
  readonly says: string;
}

/** In order of the factors; rules first, then people by their day. @param factor absent: of all */
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
    const states = await schedules.history(schedule.factor);
    listed.push(...ofRules(schedule, states, now), ...accounts.flatMap((account) => ofPerson(schedule, account, now)));
  }
  return done(listed);
}

function ofRules(schedule: Schedule, states: readonly ScheduleState[], now: number): readonly ExtensionListing[] {
  return schedule.rules.flatMap((rule) => {
    const { scope, sunsetAt } = rule;
    if (rule.extends !== true || sunsetAt === undefined) return [];
    const found = ineffective(schedule, rule);
    const given = givenIn(states, rule);
    const line = listing(schedule, { whose: scopeName(scope), kind: 'extension', sunsetAt, given }, now);
    return [found ? { ...line, says: `${line.says}; has no effect: ${whyIneffective(found, schedule.zone)}` } : line];
  });
}

/** The state in which the rule became what it is, if it is stored. */
function givenIn(states: readonly ScheduleState[], rule: ScheduleRule): DayGiven | undefined {
  const isThere = ({ schedule }: ScheduleState) =>
    JSON.stringify(ruleFor(schedule, rule.scope)) === JSON.stringify(rule);
  const since = states.findIndex((state) => !isThere(state));
  const { at = null, by = null, reason } = states[(since < 0 ? states.length : since) - 1] ?? {};
  return at === null || by === null ? undefined : { at, by, ...(reason !== undefined && { reason }) };
}

function ofPerson(schedule: Schedule, { username, dates }: Person, now: number): readonly ExtensionListing[] {
  const { extendedTo, extension, sunsetAt, earlier } = dates?.[schedule.factor] ?? {};
  const whose = `person:${username}`;
  const days = [
    { whose, kind: 'extension' as const, sunsetAt: extendedTo, given: extension },
    { whose, kind: 'earlier' as const, sunsetAt, given: earlier },
  ];
  return days.flatMap(({ sunsetAt: end, ...day }) =>
    end === undefined ? [] : [listing(schedule, { ...day, sunsetAt: end }, now)],
  );
}

interface OwnDay {
  readonly whose: string;
  readonly kind: ExtensionListing['kind'];
  /** ms */
  readonly sunsetAt: number;
  readonly given: DayGiven | undefined;
}

const listing = (
  { factor, zone }: Schedule,
  { whose, kind, sunsetAt, given }: OwnDay,
  now: number,
): ExtensionListing => ({
  factor,
  for: whose,
  kind,
  sunsetAt: new Date(sunsetAt).toISOString(),
  lastDay: lastDayBefore(sunsetAt, zone),
  zone,
  over: now >= sunsetAt,
  by: given?.by ?? null,
  givenAt: given ? new Date(given.at).toISOString() : null,
  reason: given?.reason ?? null,
  says: `until and including ${lastDayInWords(sunsetAt, zone)}; over from ${bothInstants(sunsetAt, zone)}`,
});
