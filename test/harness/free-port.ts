/**
 * Ports for servers whose address must be known before they listen: it stands in a configuration. They lie below the
 * range from which the system gives ports to connections and to `listen(0)` (RFC 6056 §2.1; 32768 and up on Linux), so
 * that no connection of another test takes one between this answer and the listening.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const [first, end] = [20_000, 32_768];
const given = new Set<number>();

const isFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });

/** A port on which nobody listens, and which this process gave to nobody before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, end);
    if (given.has(port)) continue;
    given.add(port);
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port, 'localhost'))) return port;
  }
}

export const freePorts = (count: number): Promise<number[]> => Promise.all(Array.from({ length: count }, freePort));
