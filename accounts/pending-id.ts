/**
 * Makes ids of pending items. An id names its process and counts upwards in it. So the relay knows, for ids of its own
 * process, which item is newer, and need not ask the store whether it has handled one before. Everywhere else ids are
 * opaque and cannot be guessed.
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

/** The number of this id among those of this process, from 1; `undefined` for an id of another process. */
export function pendingOrdinal(id: string): number | undefined {
  const [maker, ordinal = ''] = id.split('.');
  return maker === here ? Number.parseInt(ordinal, 36) : undefined;
}
