/**
 * Whether an active key is over at an instant, by the word of its factor. The only answer to this question: asked where
 * a sign-in is explained, where keys are listed, and before a key is removed that may be the last one that works.
 */
import type { Key, Person } from '../accounts/person.ts';
import type { Factor, FactorId, Tools } from '../factors/contract.ts';
import { overBecause } from './key-health.ts';
import type { Sealing } from './seal-state.ts';

export type KeyOver = 'key_expired' | 'key_exhausted' | 'key_state_unreadable';

export interface KeyOverParts {
  /** All installed factors. */
  readonly registry: { get(id: FactorId): Factor | undefined };
  readonly sealing: Pick<Sealing, 'openKey'>;
  readonly toolsFor: (factor: Factor) => Tools<unknown>;
}

/** @param at ms. `undefined`: it works; or it is not active, or its factor is not installed. */
export function keyOver(
  { registry, sealing, toolsFor }: KeyOverParts,
  person: Pick<Person, 'id'>,
  { id, factor: kind, status, sealed }: Key,
  at: number,
): KeyOver | undefined {
  const factor = status === 'active' ? registry.get(kind) : undefined;
  if (!factor || sealed === undefined) return undefined;
  const secret = sealing.openKey(factor, person.id, id, sealed);
  if (secret === undefined) return 'key_state_unreadable';
  return overBecause(factor.health(secret, at, toolsFor(factor).settings), at);
}
