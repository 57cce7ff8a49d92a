/** How far sealing under a new root key has come, kept beside the keys: written by the leader, read by `rekey root-key`. */
import { z } from 'zod';
import type { KeptKeys } from './kept-keys.ts';

export interface RootKeyProgress {
  /** Id of the root key that sealed at the last look. */
  readonly current: string;
  readonly lookedAt: number;
  /** Documents that were not under it at the end of that look. */
  readonly left: number;
  /** Since when every look found everything under it; absent: not yet. */
  readonly cleanSince?: number;
}

const place = 'root-key';
const shape = z.object({
  current: z.string(),
  lookedAt: z.number(),
  left: z.number(),
  cleanSince: z.number().optional(),
});

export async function readRootKeyProgress(kept: KeptKeys): Promise<RootKeyProgress | undefined> {
  const found = await kept.read(place);
  return found && (shape.parse(found.value) as RootKeyProgress);
}

/** Notes one look at everything. */
export async function noteRootKeyLook(
  kept: KeptKeys,
  look: { readonly current: string; readonly at: number; readonly changed: number; readonly left: number },
): Promise<RootKeyProgress> {
  const isClean = look.changed + look.left === 0;
  for (;;) {
    const found = await kept.read(place);
    const before = found && shape.parse(found.value);
    const since = before?.current === look.current ? (before.cleanSince ?? look.at) : look.at;
    const progress: RootKeyProgress = {
      current: look.current,
      lookedAt: look.at,
      left: look.left,
      ...(isClean ? { cleanSince: since } : {}),
    };
    if (!found) {
      const made = await kept.readOrMake(place, () => progress);
      if (made.value === progress) return progress;
    } else if (await kept.replace(place, progress, found.version)) return progress;
  }
}
