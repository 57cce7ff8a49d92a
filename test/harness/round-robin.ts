/**
 * A balancer in front of several servers that never sends two requests in a row of one sign-in, and so of one browser,
 * to the same of them.
 */
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RoundRobin {
  readonly port: number;
  /** How many requests each server was given. */
  readonly given: readonly number[];
  close(): Promise<void>;
}

/**
 * Longer than a busy machine lets a test wait between two requests: who closes an idle connection must not be the one
 * that is asked on it (ms).
 */
const idleTime = 300_000;
/** What concerns one connection is not passed on (RFC 9110 §7.6.1). */
const ofConnection = ['connection', 'keep-alive'];
const withoutConnection = (raw: readonly string[]): string[] =>
  raw.filter((_, index) => !ofConnection.includes((raw[index - (index % 2)] ?? '').toLowerCase()));

const uidIn = (path: string | undefined): string | undefined =>
  /\/(?:interaction|auth)\/([\w-]{10,})/.exec(path ?? '')?.[1];

/** @param ports asked at each request, so that a server may come back on another one; 0: it is down, and passed over */
export async function startRoundRobin(ports: () => readonly number[], port = 0): Promise<RoundRobin> {
  const given = ports().map(() => 0);
  /** Who answered last, by sign-in. */
  const last = new Map<string, number>();
  let round = -1;

  const choose = (uid: string | undefined): number => {
    const known = ports();
    round = (round + 1) % known.length;
    const before = uid === undefined ? undefined : last.get(uid);
    const up = known.flatMap((one, index) => (one === 0 ? [] : [index]));
    const from = before === undefined ? round : before + 1 + (round % Math.max(1, known.length - 1));
    const order = known.map((_, step) => (from + step) % known.length).filter((index) => up.includes(index));
    return order.find((index) => index !== before) ?? order[0] ?? 0;
  };

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const uid = uidIn(incoming.url);
    const node = choose(uid);
    if (uid !== undefined) last.set(uid, node);
    given[node] = (given[node] ?? 0) + 1;
    const onward = request(
      {
        host: '127.0.0.1',
        port: ports()[node],
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
        setHost: false,
      },
      (answer) => {
        const next = uidIn(answer.headers.location);
        if (next !== undefined) last.set(next, node);
        // Answered before the whole request was there: what follows on the connection is no request (RFC 9112 §9.3).
        if (!incoming.complete) outgoing.shouldKeepAlive = false;
        outgoing.writeHead(answer.statusCode ?? 502, withoutConnection(answer.rawHeaders));
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => {
      if (!outgoing.headersSent) outgoing.writeHead(502, { 'content-type': 'text/plain' });
      outgoing.end('bad gateway');
    });
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  };

  const server: Server = createServer({ keepAliveTimeout: idleTime }, forward);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    given,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
