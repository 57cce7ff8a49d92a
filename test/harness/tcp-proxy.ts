/**
 * A proxy in front of a MongoDB server that does what networks and servers in trouble do: it is slow, it cuts, it loses
 * an answer, it answers in the server's place. It reads the messages that go through (OP_MSG) and changes none.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { connect as connectTls, type SecureContextOptions } from 'node:tls';
import { BSON } from 'mongodb';
import { seeded } from './storage-wrappers.ts';

export interface Command {
  /** `find`, `insert`, `update` … */
  readonly name: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/**
 * What the proxy does with a command. `cut-before`: the server never sees it. `cut-after`: the server carries it out,
 * and the connection breaks before the answer. `swallow`: the server carries it out, and the answer never comes. An
 * object with `answer`: the server never sees it, and the proxy answers this.
 */
export type Fate =
  | 'pass'
  | 'cut-before'
  | 'cut-after'
  | 'swallow'
  | { readonly answer: Readonly<Record<string, unknown>> }
  | { readonly delayed: number };

/** The server behind it. Where that one wants TLS, the proxy speaks it to that side and none to its own. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly ca?: SecureContextOptions['ca']; readonly rejectUnauthorized: boolean };
}

export interface TcpProxy {
  readonly address: { readonly host: string; readonly port: number };
  /** For every command from now on; the driver's own questions (`isMaster`, `hello`, `ping`) are asked too. */
  fate: (command: Command) => Fate;
  /** Added to each message in either direction, ms. */
  latency: { readonly min: number; readonly max: number };
  /** Breaks every connection and takes no new one until `mend`. */
  cut(): void;
  mend(): void;
  /** Names of the commands that came by since the last call. */
  seen(): readonly string[];
  close(): Promise<void>;
}

const opMsg = 2013;
const headerLength = 16;

export async function startProxy(to: Upstream, seed = 1): Promise<TcpProxy> {
  const draw = seeded(seed);
  const sockets = new Set<Socket>();
  let names: string[] = [];
  let isCut = false;

  const proxy: TcpProxy = {
    address: { host: '127.0.0.1', port: 0 },
    fate: () => 'pass',
    latency: { min: 0, max: 0 },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    seen() {
      const all = names;
      names = [];
      return all;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
  const slowly = async (): Promise<void> => {
    const { min, max } = proxy.latency;
    if (max > 0) await setTimeout(min + draw() * (max - min));
  };

  const server = createServer((client) => {
    if (isCut) return void client.destroy();
    const { host, port, tls } = to;
    const upstream = tls ? connectTls({ host, port, ...tls }) : connect({ host, port });
    /** What to do with the answer to a request, by its number. */
    const answers = new Map<number, Fate>();
    const both = [client, upstream];
    const drop = (): void => {
      for (const socket of both) socket.destroy();
    };
    for (const socket of both) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', drop);
      socket.on('close', () => {
        sockets.delete(socket);
        drop();
      });
    }
    inOrder(client, async (message) => {
      await slowly();
      const command = commandIn(message);
      if (command) names.push(command.name);
      const fate = command ? proxy.fate(command) : 'pass';
      if (fate === 'cut-before') return drop();
      if (typeof fate === 'object' && 'answer' in fate) return void client.write(answerTo(message, fate.answer));
      if (fate !== 'pass') answers.set(message.readInt32LE(4), fate);
      upstream.write(message);
    });
    inOrder(upstream, async (message) => {
      const request = message.readInt32LE(8);
      const fate = answers.get(request) ?? 'pass';
      answers.delete(request);
      if (fate === 'cut-after') return drop();
      if (fate === 'swallow') return;
      if (typeof fate === 'object' && 'delayed' in fate) await setTimeout(fate.delayed);
      await slowly();
      client.write(message);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(proxy, { address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } });
}

/** Whole messages, one after the other. */
function inOrder(socket: Socket, take: (message: Buffer) => Promise<void>): void {
  let buffer = Buffer.alloc(0);
  let last: Promise<void> = Promise.resolve();
  const after = async (before: Promise<void>, message: Buffer): Promise<void> => {
    await before;
    if (!socket.destroyed) await take(message);
  };
  socket.on('data', (data: Buffer) => {
    buffer = Buffer.concat([buffer, data]);
    while (buffer.length >= headerLength && buffer.length >= buffer.readInt32LE(0)) {
      const length = buffer.readInt32LE(0);
      last = after(last, buffer.subarray(0, length));
      buffer = buffer.subarray(length);
    }
  });
}

/** The command of an OP_MSG; the first greeting is of an older kind and goes through unread. */
function commandIn(message: Buffer): Command | undefined {
  if (message.readInt32LE(12) !== opMsg) return undefined;
  // Flags, then sections: one holds the command, others the documents that belong to it.
  for (let at = headerLength + 4; at < message.length;) {
    const kind = message.readUInt8(at);
    const size = message.readInt32LE(at + 1);
    if (kind === 0) {
      const document = BSON.deserialize(message.subarray(at + 1, at + 1 + size));
      const [name] = Object.keys(document);
      return name === undefined ? undefined : { name, document };
    }
    at += 1 + size;
  }
  return undefined;
}

function answerTo(request: Buffer, document: Readonly<Record<string, unknown>>): Buffer {
  const body = BSON.serialize(document);
  const head = Buffer.alloc(headerLength + 5);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(1, 4);
  head.writeInt32LE(request.readInt32LE(4), 8);
  head.writeInt32LE(opMsg, 12);
  return Buffer.concat([head, body]);
}
