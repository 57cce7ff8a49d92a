/**
 * Whether a key is over by what its factor says of it (`health`): used up, or its time has come. Pure. Asked where a
 * key is challenged and judged, and where a sign-in is explained.
 */
import type { Health } from '../factors/contract.ts';
import type { FactorReason } from '../factors/reasons.ts';

/** @param now ms. `undefined`: the key works. */
export function overBecause(
  health: Health,
  now: number,
): Extract<FactorReason, 'key_exhausted' | 'key_expired'> | undefined {
  if (health.kind === 'exhausted') return 'key_exhausted';
  return health.until !== undefined && now >= health.until ? 'key_expired' : undefined;
}

/** What the page of a key that must be renewed soon shows: remaining uses, or its end (ms). */
export function shownOf(health: Health): { readonly left?: number; readonly worksUntil?: number } {
  if (health.kind !== 'renew-soon') return {};
  const { left, until } = health;
  return { ...(left === undefined ? {} : { left }), ...(until === undefined ? {} : { worksUntil: until }) };
}
