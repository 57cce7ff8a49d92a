/** What the dates of a factor make of it at an instant. Computed, never switched by a job; every date counts from its instant on. */
import type { EffectiveSchedule, FactorDates, FactorStatus, Schedule, Scope } from './types.ts';

export function statusAt(dates: FactorDates, now: number): FactorStatus {
  const reached = (instant: number | undefined) => instant !== undefined && now >= instant;
  if (reached(dates.purgeAt)) return 'purged';
  if (reached(dates.sunsetAt)) return 'sunset';
  if (reached(dates.closeAt)) return 'closed';
  if (reached(dates.announceAt)) return 'announced';
  return 'active';
}

export interface Circumstances {
  readonly client?: string;
  readonly groups?: readonly string[];
}

function applies(scope: Scope, { client, groups }: Circumstances): boolean {
  switch (scope.kind) {
    case 'all':
      return true;
    case 'client':
      return scope.id === client;
    case 'group':
      return groups?.includes(scope.id) ?? false;
  }
}

const dateNames = ['announceAt', 'closeAt', 'sunsetAt', 'purgeAt'] as const;

/** The strictest of all rules that apply: for each date the earliest. */
export function effective(schedule: Schedule, circumstances: Circumstances, now: number): EffectiveSchedule {
  const rules = schedule.rules.filter((rule) => applies(rule.scope, circumstances));
  const dates: { -readonly [name in keyof FactorDates]: number } = {};
  for (const name of dateNames) {
    const instants = rules.map((rule) => rule[name]).filter((instant) => instant !== undefined);
    if (instants.length > 0) dates[name] = Math.min(...instants);
  }
  return {
    ...dates,
    factor: schedule.factor,
    status: statusAt(dates, now),
    after: schedule.after,
    replacements: schedule.replacements,
    zone: schedule.zone,
    ...(schedule.postponements === undefined ? {} : { postponements: schedule.postponements }),
  };
}

export const mayEnrol = (status: FactorStatus): boolean => status === 'active' || status === 'announced';
export const maySignIn = (status: FactorStatus): boolean =>
  status === 'active' || status === 'announced' || status === 'closed';
