/**
 * The progress of sealing under a new root key, stored beside the keys: written by the leader, read by `rekey
 * root-key`.
 */
import { z } from 'zod';
import type { KeptKeys } from './kept-keys.ts';

export interface RootKeyProgress {
  /** Id of the root key that sealed during the last pass. */
  readonly current: string;
  readonly lookedAt: number;
  /** Documents that were not under it at the end of that pass. */
  readonly left: number;
  /** Since when every pass found everything under it; absent: not yet. */
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

export interface AddedRootKey {
  readonly id: string;
  readonly at: number;
}

const addedPlace = 'root-key-added';
const addedShape = z.object({ id: z.string(), at: z.number() });

/** The root key that was added last, and when (ms). */
export async function readAddedRootKey(kept: KeptKeys): Promise<AddedRootKey | undefined> {
  const found = await kept.read(addedPlace);
  return found && addedShape.parse(found.value);
}

export async function noteAddedRootKey(kept: KeptKeys, added: AddedRootKey): Promise<void> {
  await write(kept, addedPlace, () => added);
}

/** Notes one look at everything. */
export async function noteRootKeyLook(
  kept: KeptKeys,
  look: { readonly current: string; readonly at: number; readonly changed: number; readonly left: number },
): Promise<RootKeyProgress> {
  const isClean = look.changed + look.left === 0;
  return write(kept, place, (value): RootKeyProgress => {
    const before = value === undefined ? undefined : shape.parse(value);
    const since = before?.current === look.current ? (before.cleanSince ?? look.at) : look.at;
    return {
      current: look.current,
      lookedAt: look.at,
      left: look.left,
      ...(isClean ? { cleanSince: since } : {}),
    };
  });
}

/** Replaces what is kept at a place by what follows from it. */
async function write<T>(kept: KeptKeys, at: string, next: (before: unknown) => T): Promise<T> {
  for (;;) {
    const found = await kept.read(at);
    const value = next(found?.value);
    if (found) {
      if (await kept.replace(at, value, found.version)) return value;
    } else if ((await kept.readOrMake(at, () => value)).value === value) return value;
  }
}
