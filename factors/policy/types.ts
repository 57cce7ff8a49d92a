/** The words of the policy. All instants are ms since the epoch; all intervals are half-open: a date counts from its instant on. */
import type { FactorId, Strength } from '../contract.ts';

/** In the order in which time brings them; it never goes back. */
export const statuses = ['active', 'announced', 'closed', 'sunset', 'purged'] as const;
export type FactorStatus = (typeof statuses)[number];

/** What a factor still opens after its sunset: nothing, or only the enrolment of its replacement. */
export type AfterSunset = 'refuse' | 're-enrol';

export interface FactorDates {
  /** People are told. */
  readonly announceAt?: number;
  /** No new enrolment from here. */
  readonly closeAt?: number;
  /** First instant at which it signs nobody in any more. */
  readonly sunsetAt?: number;
  /** Keys of this kind may be deleted. */
  readonly purgeAt?: number;
}

/** To whom dates apply: everyone, the sign-ins of one relying party, or one group of people. */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'client'; readonly id: string }
  | { readonly kind: 'group'; readonly id: string };

export interface ScheduleRule extends FactorDates {
  readonly scope: Scope;
  /** An extension: its last day comes later than everybody's and takes its place for these people or sign-ins. */
  readonly extends?: true;
}

/** Dates of one factor for one person alone, kept with the account. */
export interface PersonalDates {
  /** First instant (ms) at which the factor is over for this person; later than everybody's. Stands above every rule. */
  readonly extendedTo?: number;
  /** From when on the person is told (ms), where `sunsetAt` is set. */
  readonly announceAt?: number;
  /** First instant (ms) at which the factor is over for this person; earlier than everybody's. */
  readonly sunsetAt?: number;
}

/** All dates of one factor, as kept in the store. */
export interface Schedule {
  readonly factor: FactorId;
  readonly rules: readonly ScheduleRule[];
  readonly after: AfterSunset;
  /** Which keys may take its place, best first; empty: any open one that the person may enrol. */
  readonly replacements: readonly FactorId[];
  /** IANA name, for writing the dates out. */
  readonly zone: string;
  /** How often a person may put the migration off, in all; absent: until the last day. */
  readonly postponements?: number;
  /** The latest of these dates that the installation has seen come (ms): a clock that is set back does not take it back. */
  readonly reached?: number;
}

/** What holds for one person at one relying party: the strictest of all rules that apply. */
export interface EffectiveSchedule extends FactorDates {
  readonly factor: FactorId;
  readonly status: FactorStatus;
  readonly after: AfterSunset;
  readonly replacements: readonly FactorId[];
  readonly zone: string;
  readonly postponements?: number;
  /** The last day is one that was put off for this person, group or relying party. */
  readonly extended?: true;
}

/** From weak to strong: password alone; with a key of low, substantial, high strength. */
export const levels = ['single', 'low', 'substantial', 'high'] as const;
export type Level = (typeof levels)[number];
export type { Strength };
