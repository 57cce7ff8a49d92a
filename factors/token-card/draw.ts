import type { Random } from '../contract.ts';
import type { Settings } from './settings.ts';
import type { Secret } from './states.ts';

/** Positions that may still be asked for, in ascending order. */
export function open({ hashes, used }: Secret, reuse: Settings['reuse']): readonly number[] {
  const all = hashes.map((_, index) => index + 1);
  return reuse === 'reusable' ? all : all.filter((position) => !used.includes(position));
}

/** Any open position with the same chance, but not the one asked last if there is another; `undefined` when the card is used up. */
export function draw(random: Random, secret: Secret, reuse: Settings['reuse']): number | undefined {
  const positions = open(secret, reuse);
  const others = positions.filter((position) => position !== secret.used.at(-1));
  const from = others.length > 0 ? others : positions;
  return from.length > 0 ? from[random.int(from.length)] : undefined;
}
