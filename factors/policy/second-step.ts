/**
 * Whether a password is enough at a relying party, a key is needed beside it, or a key must be activated first. Pure;
 * the steps, the exit of the sign-in and the engine's gate all call it. Switching a key off never makes it ask less: a
 * person whose key no longer works still counts as a person with a key.
 */
import type { Circumstances } from './lifecycle.ts';
import type { Level } from './types.ts';

/**
 * A second-factor deadline: from an instant on a second step is compulsory, for everyone, at one relying party, for one
 * group of people, or for the group there.
 */
export interface SecondFactorDeadline {
  readonly client?: string;
  readonly group?: string;
  /** When people are told; absent: at once. */
  readonly announceAt?: number;
  /** First instant (ms) at which a password alone is not enough. */
  readonly from: number;
  /** IANA name, for printing the day. */
  readonly zone: string;
}

/** The earliest of all that apply. */
export function deadlineFor(
  deadlines: readonly SecondFactorDeadline[],
  { client, groups }: Circumstances,
): SecondFactorDeadline | undefined {
  return deadlines
    .filter((deadline) => deadline.client === undefined || deadline.client === client)
    .filter((deadline) => deadline.group === undefined || (groups?.includes(deadline.group) ?? false))
    .toSorted((a, b) => a.from - b.from)[0];
}

/**
 * The person's keys from the view of one relying party: keys that may be asked for here; or only keys that prove a
 * person who wants another key; or only keys that prove nothing any more (ended, blocked, switched off); or none.
 */
export type Holding = 'askable' | 'provable' | 'unusable' | 'none';

export type SecondStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'key' }
  /** Compulsory from `from` (ms) on; offered before. */
  | { readonly kind: 'offer'; readonly from: number; readonly zone: string }
  /** A key must be activated before the sign-in goes on. */
  | { readonly kind: 'enrol'; readonly since?: number; readonly zone?: string };

export interface SecondStepFacts {
  /** What the sign-in must reach. */
  readonly level: Level;
  readonly holding: Holding;
  /** The second step was done in this browser before, and the person asked not to be asked again. */
  readonly trusted: boolean;
  readonly deadline: SecondFactorDeadline | undefined;
  /** A person with a key is asked for it even where a password alone is enough. */
  readonly asksForKey: boolean;
  /** People may activate a key during a sign-in, and there is a factor for them. */
  readonly mayActivate: boolean;
  /** ms */
  readonly now: number;
}

export function secondStep(facts: SecondStepFacts): SecondStep {
  const { level, holding, trusted, deadline, asksForKey, mayActivate, now } = facts;
  const isDue = deadline !== undefined && now >= deadline.from;
  const alone = level === 'single';
  if (alone && trusted) return { kind: 'none' };
  if (holding !== 'none' && alone && !asksForKey && !isDue) return { kind: 'none' };
  if (holding === 'askable' || holding === 'unusable') return { kind: 'key' };
  if (holding === 'provable' || !alone || isDue) {
    if (!mayActivate) return { kind: 'key' };
    return isDue ? { kind: 'enrol', since: deadline.from, zone: deadline.zone } : { kind: 'enrol' };
  }
  if (deadline && (deadline.announceAt === undefined || now >= deadline.announceAt))
    return { kind: 'offer', from: deadline.from, zone: deadline.zone };
  return { kind: 'none' };
}
