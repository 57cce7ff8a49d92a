/**
 * The root key of an installation that was given none: made at the first start, kept beside the store, readable by this
 * user alone.
 */
import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageUnavailable } from './storage/port.ts';

/** The configured keys. */
export interface RootKeys {
  /** The key that seals. */
  readonly current: Uint8Array;
  /** They open what was sealed under them, and seal nothing. */
  readonly others: readonly Uint8Array[];
  /** Whether they are in `root.key` of the folder `state`, or in the configuration. */
  readonly from: 'state' | 'configuration';
}

/**
 * One key a line: the first one seals, all open. @param folder one that is there; several processes may begin in it at
 * once. Each 32 bytes or more; `StorageUnavailable` when the file was cut off.
 */
export async function openRootKeys(folder: string): Promise<readonly [Uint8Array, ...Uint8Array[]]> {
  const file = fileIn(folder);
  return keysIn(await readFile(file, 'utf8').catch(() => makeIn(folder, file)));
}

/** Those of a file that is there, as `openRootKeys`; rejects, and makes none, when it is gone. */
export async function readRootKeyFile(folder: string): Promise<readonly [Uint8Array, ...Uint8Array[]]> {
  return keysIn(await readFile(fileIn(folder), 'utf8'));
}

function keysIn(written: string): readonly [Uint8Array, ...Uint8Array[]] {
  const [first = new Uint8Array(), ...others] = written.trim().split(/\s+/).map(keyBytes);
  if ([first, ...others].every(({ length }) => length >= 32)) return [first, ...others];
  throw new StorageUnavailable('corrupt', 'The file root.key in `state` is damaged: put back the one of this store.');
}

/** Replaces the keys in the file, atomically. */
export async function writeRootKeys(folder: string, keys: readonly Uint8Array[]): Promise<void> {
  const draft = await draftIn(folder, keys);
  await rename(draft, fileIn(folder));
  const held = await open(folder, 'r');
  try {
    await held.sync();
  } finally {
    await held.close();
  }
}

const fileIn = (folder: string): string => join(folder, 'root.key');

/** As configured: hexadecimal, 64 digits or more, or base64. */
export const keyBytes = (written: string): Uint8Array =>
  /^[0-9a-f]{64,}$/i.test(written) ? Buffer.from(written, 'hex') : Buffer.from(written, 'base64');

/**
 * Written under another name first, then renamed: a key file is complete even if a process is killed during the write.
 */
async function makeIn(folder: string, file: string): Promise<string> {
  const draft = await draftIn(folder, [randomBytes(32)]);
  try {
    await link(draft, file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  } finally {
    await unlink(draft);
  }
  return readFile(file, 'utf8');
}

async function draftIn(folder: string, keys: readonly Uint8Array[]): Promise<string> {
  const draft = join(folder, `root.key.${randomBytes(6).toString('hex')}`);
  const made = await open(draft, 'wx', 0o600);
  try {
    await made.writeFile(keys.map((key) => `${Buffer.from(key).toString('base64')}\n`).join(''));
    await made.sync();
  } finally {
    await made.close();
  }
  return draft;
}
