/** Bounds what one network asks for and answers about forgotten passwords, over all names. Called by `forgotten.ts`. */
import type { SecretBox } from '../adapters/secret-box.ts';
import { enterLevels, type Entered, type GuessingNetworks } from '../passwords/network-limits.ts';
import { levelsOf, ownMachine, sourceOf } from '../passwords/source-limits.ts';

/** @param from network address of the browser */
export async function enterFrom(
  { networks, secretBox }: { readonly networks: GuessingNetworks; readonly secretBox: SecretBox },
  from: string,
  now: number,
): Promise<Entered> {
  const source = sourceOf(from, secretBox);
  if (source === ownMachine) return { ok: true, left: async () => {} };
  const levels = levelsOf(source).map(({ id, times }) => ({ id: `forgotten-${id}`, times }));
  return enterLevels(networks, levels, now);
}
