/**
 * Whether an active key is over at an instant, by the word of its factor. Used to explain a sign-in and to list keys.
 */
import type { Key, Person } from '../../accounts/person.ts';
import { overBecause } from '../../digital-keys/key-health.ts';
import type { Services } from '../services.ts';

export type KeyOver = 'key_expired' | 'key_exhausted' | 'key_state_unreadable';

/** @param at ms. `undefined`: it works; or it is not active, or its factor is not installed. */
export function keyOver(
  { registry, sealing, toolsFor }: Pick<Services, 'registry' | 'sealing' | 'toolsFor'>,
  person: Person,
  { id, factor: kind, status, sealed }: Key,
  at: number,
): KeyOver | undefined {
  const factor = status === 'active' ? registry.get(kind) : undefined;
  if (!factor || sealed === undefined) return undefined;
  const secret = sealing.openKey(factor, person.id, id, sealed);
  if (secret === undefined) return 'key_state_unreadable';
  return overBecause(factor.health(secret, at, toolsFor(factor).settings), at);
}
