/**
 * Limits on guessing, the same for every factor and every path (NIST SP 800-63B-4 §3.2.2). Counted on the person, raised in one conditional write
 * *before* anything is compared, and reset only by what a completed proof has used: neither a new code, session, browser nor address resets it.
 */
import type { Attempts } from '../accounts/person.ts';

export interface AttemptLimits {
  /** From this many failures in a row on, each further try has to wait. */
  readonly pauseAfter: number;
  /** At this many the key is blocked and must be bound again. */
  readonly blockAfter: number;
}

export type MayTry =
  { readonly kind: 'yes' } | { readonly kind: 'paused'; readonly until: number } | { readonly kind: 'blocked' };

export const noAttempts: Attempts = { count: 0, lastAt: 0 };

const firstPauseMs = 30_000;
const longestPauseMs = 3_600_000;

/** How long (ms) the next try has to wait after `count` failures: 30 s, doubling up to one hour. */
export function pauseAfter(count: number, limits: AttemptLimits): number {
  const beyond = count - limits.pauseAfter;
  return beyond < 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(beyond, 20));
}

export function mayTry(attempts: Attempts, now: number, limits: AttemptLimits): MayTry {
  if (attempts.count >= limits.blockAfter) return { kind: 'blocked' };
  const until = attempts.lastAt + pauseAfter(attempts.count, limits);
  return now < until ? { kind: 'paused', until } : { kind: 'yes' };
}

export const raised = (attempts: Attempts, now: number): Attempts => ({ count: attempts.count + 1, lastAt: now });
