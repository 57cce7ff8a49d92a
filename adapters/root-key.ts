/** The root key of a house that was given none: made at the first start, kept beside the store, readable by this user alone. */
import { randomBytes } from 'node:crypto';
import { link, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageUnavailable } from './storage/port.ts';

/** @param folder one that is there; several processes may begin in it at once. 32 bytes or more; `StorageUnavailable` when the file was cut off. */
export async function openRootKey(folder: string): Promise<Uint8Array> {
  const file = join(folder, 'root.key');
  const key = keyBytes((await readFile(file, 'utf8').catch(() => makeIn(folder, file))).trim());
  if (key.length >= 32) return key;
  throw new StorageUnavailable('corrupt', 'The file root.key in `state` is damaged: put back the one of this store.');
}

/** As configured: hexadecimal, 64 digits or more, or base64. */
export const keyBytes = (written: string): Uint8Array =>
  /^[0-9a-f]{64,}$/i.test(written) ? Buffer.from(written, 'hex') : Buffer.from(written, 'base64');

/** Written whole under another name first: a key that is there under its own is complete, whoever was killed when. */
async function makeIn(folder: string, file: string): Promise<string> {
  const draft = join(folder, `root.key.${randomBytes(6).toString('hex')}`);
  const made = await open(draft, 'wx', 0o600);
  try {
    await made.writeFile(`${randomBytes(32).toString('base64')}\n`);
    await made.sync();
    await link(draft, file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  } finally {
    await made.close();
    await unlink(draft);
  }
  return readFile(file, 'utf8');
}
