/** What an account keeps of the last sign-ins and changes. Types only; `activity.ts` and `change-reports.ts` write it. */
import type { FactorId } from '../factors/contract.ts';
import type { DeviceKind } from './device-kind.ts';

/** One of the last sign-ins, or refusals of one kind that came together (`activity.ts`). */
export interface Activity {
  /** Instant (ms), of the last one. */
  readonly at: number;
  readonly what: 'signed-in' | 'code-wrong' | 'password-wrong';
  readonly factor?: FactorId;
  /** The relying party. */
  readonly client?: string;
  readonly device?: DeviceKind;
  /** How many, if more than one; `before`: when the one before the last was. */
  readonly times?: number;
  readonly before?: number;
}

/** A change that its person can report for some days (`change-reports.ts`): the digest of the code, and instants (ms). */
export interface ChangeReport {
  readonly digest: string;
  /** When it was made. */
  readonly at: number;
  readonly until: number;
}
