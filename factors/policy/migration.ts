/** Whether a person who signs in with a factor is advised to replace it, and by which factor. Pure. */
import type { FactorId } from '../contract.ts';
import { mayEnrol } from './lifecycle.ts';
import type { EffectiveSchedule, FactorStatus } from './types.ts';

export type Advice =
  | { readonly kind: 'none' }
  /** The dialog with three choices. `sunsetAt`: first instant at which the key no longer works (ms). */
  | { readonly kind: 'suggest'; readonly sunsetAt: number; readonly zone: string; readonly postponementsLeft?: number }
  /** Only the enrolment of a replacement, or another key. `over`: the last day has passed. */
  | { readonly kind: 'require'; readonly sunsetAt: number; readonly zone: string; readonly over: boolean }
  /** The key permits nothing. */
  | { readonly kind: 'refuse' };

/**
 * @param schedule the dates for this person at this relying party now; absent: the factor has no dates
 * @param postponements how often this person has put it off; absent: not known before the password, which never makes
 * the advice harder
 */
export function assess(schedule: EffectiveSchedule | undefined, postponements?: number): Advice {
  if (schedule === undefined || schedule.status === 'active') return { kind: 'none' };
  if (schedule.status === 'purged') return { kind: 'refuse' };
  if (schedule.sunsetAt === undefined) return { kind: 'none' };
  const { sunsetAt, zone } = schedule;
  if (schedule.status === 'sunset')
    return schedule.after === 're-enrol' ? { kind: 'require', sunsetAt, zone, over: true } : { kind: 'refuse' };
  if (schedule.postponements === undefined) return { kind: 'suggest', sunsetAt, zone };
  const postponementsLeft = Math.max(0, schedule.postponements - (postponements ?? 0));
  if (postponementsLeft === 0 && postponements !== undefined) return { kind: 'require', sunsetAt, zone, over: false };
  return { kind: 'suggest', sunsetAt, zone, postponementsLeft };
}

export interface Candidate {
  readonly id: FactorId;
  readonly status: FactorStatus;
  readonly selfService: boolean;
  readonly many: boolean;
  /** A new key replaces the person's present one: offered beside other keys, not instead of one. */
  readonly fallback?: boolean;
  readonly recommended: boolean;
  /** This relying party accepts it at the level that it asks for. */
  readonly suits: boolean;
  /** The person has an active key of this factor. */
  readonly held: boolean;
}

/**
 * The factors that may replace `from` (or, without it, be added), recommended ones first, otherwise in the order of the
 * schedule or the configuration.
 */
export function targets(
  from: FactorId | undefined,
  replacements: readonly FactorId[],
  candidates: readonly Candidate[],
): readonly Candidate[] {
  const open = candidates.filter(
    ({ id, status, selfService, many, fallback, held, suits }) =>
      id !== from &&
      mayEnrol(status) &&
      selfService &&
      suits &&
      (many || !held || (fallback === true && from === undefined)),
  );
  const allowed =
    replacements.length === 0
      ? open
      : replacements
          .map((id) => open.find((candidate) => candidate.id === id))
          .filter((candidate) => candidate !== undefined);
  return allowed.toSorted((a, b) => Number(b.recommended) - Number(a.recommended));
}
