/** The sealed head of the audit log once more, in the folder `state` of this process: who can write the store alone cannot move it back. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HeadWitness } from '../audit/sealed-head.ts';

/** @param store tells one store from another that the same folder was used with. A folder that cannot be written is no fault: then there is no witness. */
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
