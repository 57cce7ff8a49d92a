/** Lists the factors, with the status and the dates of each. */
import type { Services } from '../services.ts';
import { lastDayBefore } from '../../time/calendar.ts';
import { statusAt } from '../../factors/policy/lifecycle.ts';
import { ruleFor, scopeName } from '../../factors/policy/schedule-rules.ts';
import type { FactorId } from '../../factors/contract.ts';
import type { PersonalEnd } from '../../accounts/personal-dates.ts';
import type { AfterSunset, FactorDates, FactorStatus, Schedule, ScheduleRule } from '../../factors/policy/types.ts';
import { bothInstants, lastDayInWords } from './date-words.ts';
import { ineffective, whyIneffective } from './schedule-effects.ts';

/** Instants as ISO 8601 in UTC, days in `zone`; `null`: not set. */
export interface DatesListing {
  readonly announceAt: string | null;
  readonly closeAt: string | null;
  /** First instant at which it signs nobody in any more. */
  readonly sunsetAt: string | null;
  /** Last day on which it signs in. */
  readonly lastDay: string | null;
  readonly purgeAt: string | null;
}

export interface RuleListing extends DatesListing {
  /** `client:<id>` or `group:<name>`. */
  readonly for: string;
  readonly status: FactorStatus;
  /** Its last day replaces everybody's, which comes earlier. */
  readonly extends: boolean;
  /** Whether its last day has an effect; `null`: it has none. */
  readonly hasEffect: boolean | null;
  readonly says: string;
}

export interface FactorListing extends DatesListing {
  readonly id: string;
  /** By the dates of everybody. */
  readonly status: FactorStatus;
  readonly enabled: boolean;
  readonly recommended: boolean;
  /** Accounts with a last day of their own: an extension, or an earlier day. */
  readonly personal: { readonly extensions: number; readonly earlier: number };
  readonly zone: string | null;
  readonly after: AfterSunset | null;
  readonly replacements: readonly string[];
  readonly postponements: number | null;
  readonly rules: readonly RuleListing[];
  /** The dates of everybody, in a sentence. */
  readonly says: string;
}

/**
 * In the order of the configuration, then factors that are installed but disabled, then `gone`: not installed any more,
 * while people hold keys of them.
 */
export async function listFactors(
  {
    registry,
    settings,
    schedules,
    people,
    clock,
  }: Pick<Services, 'registry' | 'settings' | 'schedules' | 'people' | 'clock'>,
  gone: readonly FactorId[] = [],
): Promise<readonly FactorListing[]> {
  const current = await schedules.current();
  const ends = await people.personalEnds();
  const counted = (id: string, name: PersonalEnd['name']) =>
    ends.filter((end) => end.factor === id && end.name === name).reduce((sum, { accounts }) => sum + accounts, 0);
  const configured = Object.keys(settings.factors);
  const installed = registry.all().map(({ id }) => id);
  return [...configured, ...installed.filter((id) => !configured.includes(id)), ...gone].map((id) => {
    const { enabled = false, recommended = false } = settings.factors[id] ?? {};
    const personal = { extensions: counted(id, 'extendedTo'), earlier: counted(id, 'sunsetAt') };
    return { id, enabled, recommended, personal, ...listSchedule(current[id], clock.now()) };
  });
}

export type ScheduleListing = Omit<FactorListing, 'id' | 'enabled' | 'recommended' | 'personal'>;

export function listSchedule(schedule: Schedule | undefined, now: number): ScheduleListing {
  const forAll = ruleFor(schedule, { kind: 'all' }) ?? {};
  const zone = schedule?.zone ?? 'UTC';
  const others = (schedule?.rules ?? []).filter(({ scope }) => scope.kind !== 'all');
  return {
    status: statusAt(forAll, now),
    ...listDates(forAll, zone),
    zone: schedule?.zone ?? null,
    after: schedule?.after ?? null,
    replacements: schedule?.replacements ?? [],
    postponements: schedule?.postponements ?? null,
    rules: others.map((rule) => ({
      for: scopeName(rule.scope),
      status: statusAt(rule, now),
      ...listDates(rule, zone),
      ...(schedule ? ruleInWords(schedule, rule) : { extends: false, hasEffect: null, says: '' }),
    })),
    says: datesInWords(forAll, zone),
  };
}

function ruleInWords(schedule: Schedule, rule: ScheduleRule): Pick<RuleListing, 'extends' | 'hasEffect' | 'says'> {
  const found = ineffective(schedule, rule);
  const [isExtension, hasDay] = [rule.extends === true, rule.sunsetAt !== undefined];
  const effect = found
    ? `; has no effect: ${whyIneffective(found, schedule.zone)}`
    : isExtension
      ? '; an extension, in the place of everyone’s last day'
      : '';
  return {
    extends: isExtension,
    hasEffect: hasDay ? found === undefined : null,
    says: `${datesInWords(rule, schedule.zone)}${effect}`,
  };
}

const datesInWords = ({ sunsetAt }: FactorDates, zone: string): string =>
  sunsetAt === undefined
    ? 'no last day'
    : `until and including ${lastDayInWords(sunsetAt, zone)}; over from ${bothInstants(sunsetAt, zone)}`;

const iso = (instant: number | undefined) => (instant === undefined ? null : new Date(instant).toISOString());

function listDates({ announceAt, closeAt, sunsetAt, purgeAt }: FactorDates, zone: string): DatesListing {
  return {
    announceAt: iso(announceAt),
    closeAt: iso(closeAt),
    sunsetAt: iso(sunsetAt),
    lastDay: sunsetAt === undefined ? null : lastDayBefore(sunsetAt, zone),
    purgeAt: iso(purgeAt),
  };
}
