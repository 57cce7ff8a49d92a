/**
 * The types of the policy. All instants are ms since the epoch; all intervals are half-open: a date counts from its
 * instant on.
 */
import type { FactorId, Strength } from '../contract.ts';

/** In the order in which time brings them; the status never goes back. */
export const statuses = ['active', 'announced', 'closed', 'sunset', 'purged'] as const;
export type FactorStatus = (typeof statuses)[number];

/** What a factor permits after its sunset: nothing, or only the enrolment of its replacement. */
export type AfterSunset = 'refuse' | 're-enrol';

export interface FactorDates {
  /** People are told from here. */
  readonly announceAt?: number;
  /** No new enrolment from here. */
  readonly closeAt?: number;
  /** First instant at which its keys no longer sign in. */
  readonly sunsetAt?: number;
  /** The secrets of its keys are deleted from here (`purge-instant.ts`). */
  readonly purgeAt?: number;
}

/** The scope of dates: everyone, the sign-ins of one relying party, or one group of people. */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'client'; readonly id: string }
  | { readonly kind: 'group'; readonly id: string };

export interface ScheduleRule extends FactorDates {
  readonly scope: Scope;
  /** An extension: its last day is later than everybody's and replaces it for these people or sign-ins. */
  readonly extends?: true;
}

/** Dates of one factor for one person alone, stored with the account. */
export interface PersonalDates {
  /**
   * First instant (ms) at which the factor is over for this person; later than everybody's. Has priority over every
   * rule.
   */
  readonly extendedTo?: number;
  /** When the person is told (ms), if `sunsetAt` is set. */
  readonly announceAt?: number;
  /** First instant (ms) at which the factor is over for this person; earlier than everybody's. */
  readonly sunsetAt?: number;
}

/** All dates of one factor, as stored. */
export interface Schedule {
  readonly factor: FactorId;
  readonly rules: readonly ScheduleRule[];
  readonly after: AfterSunset;
  /** Factors that may replace it, best first; empty: any open one that the person may enrol. */
  readonly replacements: readonly FactorId[];
  /** IANA name, for printing the dates. */
  readonly zone: string;
  /** How often a person may put the migration off in total; absent: until the last day. */
  readonly postponements?: number;
  /** The latest of these dates that the deployment has seen come (ms): a clock that is set back does not undo it. */
  readonly reached?: number;
}

/** The dates for one person at one relying party: the strictest of all rules that apply. */
export interface EffectiveSchedule extends FactorDates {
  readonly factor: FactorId;
  readonly status: FactorStatus;
  readonly after: AfterSunset;
  readonly replacements: readonly FactorId[];
  readonly zone: string;
  readonly postponements?: number;
  /** The last day was extended for this person, group or relying party. */
  readonly extended?: true;
}

/** From weak to strong: password alone; with a key of low, substantial, high strength. */
export const levels = ['single', 'low', 'substantial', 'high'] as const;
export type Level = (typeof levels)[number];
export type { Strength };
