/** Which kinds of key there are, and where each stands in its life. */
import type { Services } from '../services.ts';
import { lastDayBefore } from '../../time/calendar.ts';
import { statusAt } from '../../factors/policy/lifecycle.ts';
import { ruleFor, scopeName } from '../../factors/policy/schedule-rules.ts';
import type { AfterSunset, FactorDates, FactorStatus, Schedule } from '../../factors/policy/types.ts';

/** Instants as ISO 8601 in UTC, days as they are meant in `zone`; what is not set is `null`. */
export interface DatesListing {
  readonly announceAt: string | null;
  readonly closeAt: string | null;
  /** First instant at which it signs nobody in any more. */
  readonly sunsetAt: string | null;
  /** Last day on which it does. */
  readonly lastDay: string | null;
  readonly purgeAt: string | null;
}

export interface RuleListing extends DatesListing {
  /** `client:<id>` or `group:<name>`. */
  readonly for: string;
  readonly status: FactorStatus;
}

export interface FactorListing extends DatesListing {
  readonly id: string;
  /** By the dates that hold for everybody. */
  readonly status: FactorStatus;
  readonly enabled: boolean;
  readonly recommended: boolean;
  readonly zone: string | null;
  readonly after: AfterSunset | null;
  readonly replacements: readonly string[];
  readonly postponements: number | null;
  readonly rules: readonly RuleListing[];
}

/** In the order of the configuration, then what is installed but not on offer. */
export async function listFactors({
  registry,
  settings,
  schedules,
  clock,
}: Pick<Services, 'registry' | 'settings' | 'schedules' | 'clock'>): Promise<readonly FactorListing[]> {
  const current = await schedules.current();
  const configured = Object.keys(settings.factors);
  const installed = registry.all().map(({ id }) => id);
  return [...configured, ...installed.filter((id) => !configured.includes(id))].map((id) => {
    const { enabled = false, recommended = false } = settings.factors[id] ?? {};
    return { id, enabled, recommended, ...listSchedule(current[id], clock.now()) };
  });
}

export type ScheduleListing = Omit<FactorListing, 'id' | 'enabled' | 'recommended'>;

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
    })),
  };
}

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
