/**
 * Reuses a code that was just sent for a key when a sign-in begins again: no further message may be sent yet, so the
 * code counts there too. Only for the same person, browser, client and purpose, and only if no other code was sent
 * meanwhile. Called by `verify-key.ts`.
 */
import type { Key } from '../accounts/person.ts';
import type { Factor } from '../factors/contract.ts';
import type { Sealing } from './seal-state.ts';
import type { Asked, Occasion } from './occasion.ts';

/** @param now ms */
export function sentBefore(
  { id, askedAt, askedFor, detail }: Key,
  factor: Factor,
  { client, purpose, browser, interaction }: Occasion,
  sealing: Sealing,
  now: number,
): Asked | undefined {
  if (!askedFor || askedAt === undefined || now >= askedFor.expiresAt) return undefined;
  if (askedFor.client !== client || askedFor.purpose !== purpose || !browser?.has(askedFor.browser)) return undefined;
  const challenge = sealing.openState(factor, 'challenge', askedFor.interaction, askedFor.sealed);
  if (challenge === undefined) return undefined;
  return {
    key: id,
    factor: factor.id,
    sealed: sealing.sealState(factor, 'challenge', interaction, challenge),
    shows: askedFor.shows,
    detail,
    expiresAt: askedFor.expiresAt,
    messages: askedFor.messages,
    sentAt: askedAt,
  };
}
