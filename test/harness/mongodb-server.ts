/**
 * A MongoDB server for one test file: its own databases, dropped at the end; where it was started here, it can be
 * killed and started again.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { freePort } from './free-port.ts';
import { neededSource, type Source } from './mongodb-source.ts';
import type { Upstream } from './tcp-proxy.ts';

export interface MongodbServer {
  readonly kind: Source['kind'];
  /** The address for a proxy to connect to; absent if there are several hosts, or client certificates are needed. */
  readonly address: Upstream | undefined;
  /** An unused name for a database, which is dropped at the end. */
  newDatabase(): string;
  /** @param address instead of its own, such as that of a proxy */
  uri(database: string, address?: { readonly host: string; readonly port: number }): string;
  drop(database: string): Promise<void>;
  /** `kill -9`. Rejects for a server that was not started here. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same data and port. */
  readonly restart: () => Promise<void>;
  stop(): Promise<void>;
}

interface Started {
  readonly address: { readonly host: string; readonly port: number };
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
  stop(): Promise<void>;
}

export async function startMongodb(source?: Source): Promise<MongodbServer> {
  const from = source ?? (await neededSource());
  const started = from.kind === 'given' ? undefined : await startProcess(from);
  const databases = new Set<string>();
  const own = from.kind === 'given' ? from.uri : `mongodb://127.0.0.1:${started?.address.port}`;

  const withClient = async (work: (client: MongoClient) => Promise<unknown>): Promise<void> => {
    const client = new MongoClient(own, { serverSelectionTimeoutMS: 10_000, retryWrites: false });
    try {
      await work(client);
    } finally {
      await client.close();
    }
  };
  const refuse = () => Promise.reject(new Error('This server was not started by the test.'));

  return {
    kind: from.kind,
    address: started?.address ?? addressIn(own),
    newDatabase() {
      const name = `rekey-test-${randomBytes(6).toString('hex')}`;
      databases.add(name);
      return name;
    },
    uri: (database, address) => uriOf(own, database, address),
    async drop(database) {
      await withClient((client) => client.db(database).dropDatabase());
      databases.delete(database);
    },
    kill: started?.kill ?? refuse,
    restart: started?.restart ?? refuse,
    async stop() {
      // The databases of a server that ends with the test end with its folder.
      if (!started && databases.size > 0) {
        await withClient(async (client) => {
          for (const name of databases) await client.db(name).dropDatabase();
        });
      }
      await started?.stop();
    },
  };
}

const form = /^(mongodb(?:\+srv)?:\/\/)([^/?@]*@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/;

/** The same server, another database: authentication still uses the database of the given URI. */
function uriOf(given: string, database: string, address?: { readonly host: string; readonly port: number }): string {
  const [, scheme = 'mongodb://', user = '', hosts = '', path = '', query = ''] = form.exec(given) ?? [];
  const options = new URLSearchParams(query);
  if (user !== '' && !options.has('authSource')) options.set('authSource', path === '' ? 'admin' : path);
  if (address) {
    options.set('directConnection', 'true');
    // The proxy ends TLS, since it reads what goes through.
    const names = [...options.keys()].filter((name) => /^(tls|ssl)/i.test(name));
    for (const name of names) options.delete(name);
  }
  const at = address ? `${address.host}:${address.port}` : hosts;
  const rest = options.size > 0 ? `?${options.toString()}` : '';
  return `${scheme}${user}${at}/${database}${rest}`;
}

function addressIn(uri: string): Upstream | undefined {
  const [, scheme = '', , hosts = '', , query = ''] = form.exec(uri) ?? [];
  const [, host, port = '27017'] = /^([^,:]+)(?::(\d+))?$/.exec(hosts) ?? [];
  const options = new URLSearchParams(query);
  if (host === undefined || scheme !== 'mongodb://' || options.has('tlsCertificateKeyFile')) return undefined;
  const address = { host, port: Number(port) };
  if (options.get('tls') !== 'true' && options.get('ssl') !== 'true') return address;
  const ca = options.get('tlsCAFile');
  const isChecked = options.get('tlsAllowInvalidCertificates') !== 'true' && options.get('tlsInsecure') !== 'true';
  return { ...address, tls: { rejectUnauthorized: isChecked, ...(ca === null ? {} : { ca: readFileSync(ca) }) } };
}

type Process = Exclude<Source, { kind: 'given' }>;

async function startProcess(source: Process): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-mongodb-'));
  const port = await freePort();
  let child = await launch(source, folder, port);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  return {
    address: { host: '127.0.0.1', port },
    kill,
    async restart() {
      await kill();
      child = await launch(source, folder, port);
    },
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(source: Process, folder: string, port: number): Promise<ChildProcess> {
  const [program, words] =
    source.kind === 'mongod' ? mongodWords(source, folder, port) : standInWords(source, folder, port);
  // The stand-in ends with its standard input, so that none is left behind by a test that was killed.
  const child = spawn(program, words, { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-2_000)));
  child.stdin?.on('error', () => undefined);
  if (source.kind === 'mongod') process.once('exit', () => child.kill('SIGKILL'));
  const deadline = performance.now() + 60_000;
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The ${source.kind} did not start: ${said}`);
    }
    await setTimeout(50);
  }
  return child;
}

function mongodWords(
  { binary }: Extract<Source, { kind: 'mongod' }>,
  folder: string,
  port: number,
): [string, string[]] {
  mkdirSync(join(folder, 'data'), { recursive: true });
  return [binary, ['--dbpath', join(folder, 'data'), '--port', String(port), '--bind_ip', '127.0.0.1', '--quiet']];
}

function standInWords(
  { java, jars, wireVersion }: Extract<Source, { kind: 'stand-in' }>,
  folder: string,
  port: number,
): [string, string[]] {
  const program = join(import.meta.dirname, '../fixtures/mongodb-stand-in/StandIn.java');
  const light = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  return [
    java,
    [
      ...light,
      '-cp',
      join(jars, '*'),
      program,
      join(folder, 'store.mv'),
      String(port),
      ...(wireVersion === undefined ? [] : [String(wireVersion)]),
    ],
  ];
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const say = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.on('connect', () => say(true));
    socket.on('error', () => say(false));
  });
