/**
 * Every change of a factor's dates for everybody, a group or a relying party: the pre-flight, the brake, and then the
 * write of exactly what was judged.
 */
import type { FactorId } from '../../factors/contract.ts';
import { checkSchedules, type ScheduleFault, type Schedules } from '../../factors/policy/schedule-rules.ts';
import type { Schedule } from '../../factors/policy/types.ts';
import { scheduleFacts } from '../../schedules/schedule-facts.ts';
import { numberOf } from '../../schedules/schedule-history.ts';
import { done, scheduleRefusal, type Refusal } from '../refusals.ts';
import type { Services } from '../services.ts';
import type { IsHeld } from '../change-locks.ts';
import { underAdministratorsLock } from './account-write.ts';
import { brake, type DatesOutcome } from './brake.ts';
import { mailsAfter, type MailsListing } from './factor-mails.ts';
import { deletionsOf, type Deletions } from './deletions.ts';
import { lookAhead, tooMany } from './look-ahead.ts';
import { populationOf } from './population.ts';
import type { Preflight } from './preflight.ts';
import { leftWithoutEffect } from './schedule-effects.ts';
import { writeIfUnchanged, type Author, type LookedAt } from './write-schedules.ts';

export interface DatesChanged {
  readonly factor: string;
  readonly before: Schedule | undefined;
  readonly after: Schedule;
  /** Number of the present state; of `before` if nothing was written. */
  readonly state: number;
  readonly written: boolean;
  /** Whether `after` differs from `before`. */
  readonly changed: boolean;
  /** The pre-flight at each of the instants from which the change counts; first the one that strands most people. */
  readonly looks: readonly Preflight[];
  /** Whose keys the dates delete, and when. */
  readonly deletions: Deletions;
  /** Warnings: rules that no longer have an effect. */
  readonly notes: readonly string[];
  /** Mails that are due after the change. */
  readonly mails: MailsListing;
}

export interface DatesChange extends Author {
  readonly factor: FactorId;
  readonly after: Schedule;
  /** Only says what would happen. */
  readonly dryRun?: boolean | undefined;
}

type Parts = Pick<Services, 'registry' | 'settings' | 'schedules' | 'people' | 'clock' | 'changeLocks'>;

export const changeDates = (
  services: Parts,
  looked: LookedAt,
  change: DatesChange,
): Promise<DatesOutcome<DatesChanged>> =>
  underAdministratorsLock(services, change.dryRun === true, (isHeld) =>
    judgeAndWrite(services, looked, change, isHeld),
  );

async function judgeAndWrite(
  services: Parts,
  looked: LookedAt,
  change: DatesChange,
  isHeld: IsHeld,
): Promise<DatesOutcome<DatesChanged>> {
  const { factor, after, accepted, sendNow = false, dryRun = false } = change;
  const present = looked.schedules;
  const before = Object.hasOwn(present, factor) ? present[factor] : undefined;
  const next = { ...present, [factor]: after };
  const population = await populationOf(services).catch(tooMany);
  if ('ok' in population) return population;
  const looks = await lookAhead(services, { factor, before: present, after: next, population });
  const deletions = deletionsOf(after, population);
  const refusals = brake({ looks, before, after, accepted, now: services.clock.now() });
  if (refusals.length > 0) return { ok: false, refusals, looks, deletions };
  const mails = await mailsAfter(services, factor, { before: present, after: next }, sendNow);
  if (!mails.ok) return mails;
  const changed = JSON.stringify(before) !== JSON.stringify(after);
  let state = numberOf(looked.numbers, present, factor);
  if (!dryRun && changed) {
    // The same at every instant; bounds on extensions are a share of it later.
    const { touched: people = 0 } = looks[0] ?? {};
    const written = await writeIfUnchanged(services.schedules, change, looked, { factor, next, people, isHeld });
    if (!written.ok) return written;
    state = written.value;
  }
  const notes = leftWithoutEffect(before, after);
  const written = !dryRun && changed;
  return done({ factor, before, after, state, written, changed, looks, deletions, notes, mails: mails.value });
}

/** Rules of dates that the change would break. */
export function newFaults(
  { registry, settings }: Pick<Services, 'registry' | 'settings'>,
  present: Schedules,
  next: Schedules,
  factor: FactorId,
): readonly Refusal[] {
  const facts = scheduleFacts(registry.all(), settings);
  const known = new Set(checkSchedules(present, facts).map(nameOf));
  const found = checkSchedules(next, facts).filter((fault) => fault.factor === factor || !known.has(nameOf(fault)));
  return found
    .filter((fault) => fault.factor === factor || !isToldOf(factor, fault, found))
    .map((fault) => scheduleRefusal(fault, next[fault.factor]));
}

/** Whether this circle of replacements is among the faults of the factor too. */
const isToldOf = (factor: FactorId, { circle }: ScheduleFault, found: readonly ScheduleFault[]): boolean =>
  circle?.includes(factor) === true && found.some((own) => own.factor === factor && own.circle !== undefined);

const nameOf = (fault: ScheduleFault): string => JSON.stringify(fault);
