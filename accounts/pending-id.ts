/**
 * Ids for what is owed. They say who made them and in which order, so that whoever carries them over can tell, for its own process's ids, that a
 * thing was made after an instant of its own and thus cannot have been carried over before that. To everybody else they are opaque and not guessable.
 */
import { randomBytes } from 'node:crypto';

const here = randomBytes(9).toString('base64url');
let made = 0;

export function newPendingId(): string {
  made += 1;
  return `${here}.${made.toString(36)}.${randomBytes(6).toString('base64url')}`;
}

/** How many ids this process has made so far. */
export const pendingIdsMade = (): number => made;

/** The how manieth id of this process it is; `undefined` for those of other processes. */
export function pendingOrdinal(id: string): number | undefined {
  const [maker, ordinal = ''] = id.split('.');
  return maker === here ? Number.parseInt(ordinal, 36) : undefined;
}
