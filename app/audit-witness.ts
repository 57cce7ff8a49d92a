/**
 * A copy of the sealed head of the audit log in the folder `state` of this process: an attacker who can only write the
 * store cannot move the head back.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HeadWitness } from '../audit/sealed-head.ts';

/**
 * @param store identifies the store, if one folder was used with several. A folder that cannot be written is not a
 * fault: then there is no copy.
 */
export function createAuditWitness(folder: string, store: string): HeadWitness {
  const file = join(folder, `audit-head-${store.slice(0, 16)}`);
  return {
    read: () => readFile(file, 'utf8').catch(() => undefined),
    async write(sealed) {
      const draft = `${file}.${randomBytes(6).toString('hex')}`;
      try {
        await writeFile(draft, sealed, { mode: 0o600 });
        await rename(draft, file);
      } catch {
        await rm(draft, { force: true }).catch(() => undefined);
      }
    },
  };
}
