/**
 * Nodes of one deployment, each in its own process, on one MongoDB database behind a balancer. The test opens the same
 * services to look inside.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { systemClock } from '../../time/clock.ts';
import { createKeptSender, type KeptSender } from '../../adapters/mail/store/store-sender.ts';
import type { Services } from '../../admin/services.ts';
import { openServices, readDeployment } from '../../app/services.ts';
import { describeMistakes } from '../../config/config-errors.ts';
import { startMongodb, type MongodbServer } from './mongodb-server.ts';
import { freePort } from './free-port.ts';
import { deployment, type Overrides, type Product } from './product.ts';
import { startRoundRobin, type RoundRobin } from './round-robin.ts';

export interface NodeProcess {
  readonly port: number;
  readonly process: ChildProcess;
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** `kill -9`; resolves when it is gone. */
  readonly kill: () => Promise<void>;
}

export interface ManyNodes {
  readonly issuer: string;
  readonly client: Product['client'];
  readonly nodes: NodeProcess[];
  readonly services: Services;
  readonly kept: KeptSender;
  readonly balancer: RoundRobin;
  readonly server: MongodbServer;
  /** One more on the same database; rejects with what it said when it does not start. */
  start(options?: { readonly aheadMs?: number; readonly overrides?: Overrides }): Promise<NodeProcess>;
  close(): Promise<void>;
}

export async function startManyNodes(count: number, overrides: Overrides = {}): Promise<ManyNodes> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-nodes-'));
  const server = await startMongodb();
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const client = { id: 'rp', secret: 'a-secret-of-the-relying-party-1', redirectUri: 'https://rp.example/callback' };
  const settings: Overrides = {
    ...deployment(issuer, folder, client, port),
    storage: { mongodb: { uri: server.uri(server.newDatabase()) } },
    rootKey: Buffer.alloc(32, 9).toString('base64'),
    ...overrides,
  };
  let files = 0;
  const fileOf = async (more: Overrides): Promise<string> => {
    const file = join(folder, `deployment-${(files += 1)}.yaml`);
    await writeFile(file, stringify({ ...settings, ...more }), { mode: 0o600 });
    return file;
  };
  const all: NodeProcess[] = [];
  const start: ManyNodes['start'] = async ({ aheadMs = 0, overrides: more = {} } = {}) => {
    const node = await launch(await fileOf(more), aheadMs);
    all.push(node);
    return node;
  };

  const begun = await Promise.allSettled(Array.from({ length: count }, () => start()));
  const failed = begun.find((one) => one.status === 'rejected');
  if (failed) {
    await Promise.all(all.map((node) => node.kill()));
    await server.stop();
    throw failed.reason;
  }
  const nodes = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const { loaded, registry } = await readDeployment(await fileOf({}), {});
  if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
  const log = pino({ level: 'silent' });
  const services = await openServices({ settings: loaded.settings, registry, clock: systemClock, log });
  const kept = createKeptSender({ storage: services.storage, clock: systemClock });
  const balancer = await startRoundRobin(() => nodes.map((node) => (isUp(node) ? node.port : 0)), port);
  return {
    issuer,
    client,
    nodes,
    services,
    kept,
    balancer,
    server,
    start,
    async close() {
      await balancer.close();
      await services.close();
      await Promise.all(all.map((node) => node.kill()));
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const isUp = ({ process: { exitCode, signalCode } }: NodeProcess) => exitCode === null && signalCode === null;

interface Said {
  readonly port?: number;
  readonly line?: Readonly<Record<string, unknown>>;
  readonly failed?: { readonly name?: string; readonly message?: string };
}

async function launch(file: string, aheadMs: number): Promise<NodeProcess> {
  const child = fork(join(import.meta.dirname, '../nodes/node.ts'), [file, String(aheadMs)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const log: Readonly<Record<string, unknown>>[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.on('message', ({ port: listening, line, failed }: Said) => {
      if (line) log.push(line);
      if (listening !== undefined) resolve(listening);
      if (failed) reject(Object.assign(new Error(failed.message ?? ''), { name: failed.name }));
    });
    child.once('exit', (code) => reject(new Error(`A node ended with ${String(code)}.`)));
  });
  return {
    port,
    process: child,
    log,
    kill: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        return void child.kill('SIGKILL');
      }),
  };
}
