/**
 * Makes a folder and its parents, each for its owner alone. Node's own `mkdir` with `recursive` never ends if a parent
 * exists but takes no entries (a virtual file system, as /proc), so the folders are made one by one from the top.
 * Called by the start and by the embedded store.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The topmost folder that was made; `undefined` if all existed. Throws the system's error. */
export function makeFolder(folder: string): string | undefined {
  const missing: string[] = [];
  for (let at = folder; statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at)) missing.push(at);
  for (const path of missing.toReversed()) {
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      // Another process was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  if (!statSync(folder).isDirectory())
    throw Object.assign(new Error(`EEXIST: ${folder} is no folder`), { code: 'EEXIST', syscall: 'mkdir' });
  return missing.at(-1);
}
