/** A note in the state folder that says on which port the demo runs, so that nobody empties the folder under it, whatever ports he thinks of. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const markName = 'demo.running';

export async function markRunning(state: string, port: number): Promise<() => Promise<void>> {
  const file = join(state, markName);
  await writeFile(file, `${port}\n`, { mode: 0o600 });
  return () => rm(file, { force: true });
}

/** The port of the last start that did not end by itself; it may be long dead. */
export async function markedPort(state: string): Promise<number | undefined> {
  const port = Number(await readFile(join(state, markName), 'utf8').catch(() => ''));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
