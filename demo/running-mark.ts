/**
 * A file in the state folder with the ports of running demos, so that nobody empties the folder while a demo uses it.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const markName = 'demo.running';

export async function markRunning(state: string, port: number): Promise<() => Promise<void>> {
  const file = join(state, markName);
  const others = async () => (await markedPorts(state)).filter((other) => other !== port);
  const write = (ports: readonly number[]) => writeFile(file, ports.map((one) => `${one}\n`).join(''), { mode: 0o600 });
  await write([...(await others()), port]);
  return async () => {
    const left = await others();
    await (left.length === 0 ? rm(file, { force: true }) : write(left));
  };
}

/** The ports of starts that did not end cleanly; these processes may be dead. */
export async function markedPorts(state: string): Promise<readonly number[]> {
  const written = await readFile(join(state, markName), 'utf8').catch(() => '');
  return written
    .split('\n')
    .map(Number)
    .filter((port) => Number.isInteger(port) && port > 0 && port < 65_536);
}
