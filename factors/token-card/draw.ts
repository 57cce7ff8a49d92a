/** Draws the position that is asked for next. */
import { createHmac } from 'node:crypto';
import type { Settings } from './settings.ts';
import type { Secret } from './states.ts';

/** Positions that can still be asked for, in ascending order. */
export function open({ hashes, used }: Secret, reuse: Settings['reuse']): readonly number[] {
  const all = hashes.map((_, index) => index + 1);
  return reuse === 'reusable' ? all : all.filter((position) => !used.includes(position));
}

/**
 * The position to ask for: a pseudo-random open one, but not the last used one if there is another; `undefined` when
 * the card is used up. It is derived from the card's own state (its salted hashes, which nobody sees), so it stays the
 * same in every window and every new sign-in until it is answered: an attacker who knows one code cannot restart until
 * its number is asked for.
 */
export function due(secret: Secret, reuse: Settings['reuse']): number | undefined {
  const positions = open(secret, reuse);
  const others = positions.filter((position) => position !== secret.used.at(-1));
  const from = others.length > 0 ? others : positions;
  if (from.length === 0) return undefined;
  const { hashes, used, challenges, serial } = secret;
  const chance = createHmac('sha256', hashes.join())
    .update(JSON.stringify([serial, used, challenges]))
    .digest();
  return from[chance.readUIntBE(0, 6) % from.length];
}
