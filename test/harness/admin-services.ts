/** A deployment in a folder of its own, on the store of the run, and its command line run as a function. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { movableClock, type MovableClock } from '../../time/clock.ts';
import { run } from '../../admin/cli/run.ts';
import type { Services } from '../../admin/services.ts';
import { composition } from '../../app/composition.ts';
import { openServices, readDeployment } from '../../app/services.ts';
import { describeMistakes } from '../../config/config-errors.ts';
import { withMongodb } from '../../config/deployment-option.ts';
import { ownDatabase } from './test-storage.ts';

export interface Told {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** What was printed, as JSON; with `is` it must be that. */
  json<T = unknown>(is?: (value: unknown) => value is T): T;
}

export interface AdminServices {
  readonly folder: string;
  readonly file: string;
  readonly clock: MovableClock;
  /** Words are split at spaces. */
  rekey(
    words: string | readonly string[],
    input?: string | Buffer,
    env?: Readonly<Record<string, string>>,
    /** Default: the deployment's own file. */
    config?: readonly string[],
    /** Who is signed in at the operating system. Default: ann. */
    user?: string,
  ): Promise<Told>;
  /** The same store opened as another process would; closed with the rest. */
  open(): Promise<Services>;
  close(): Promise<void>;
}

export const standard = `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
factors:
  token-card: { settings: { count: 8, warnAt: 2 } }
  email-otp: { recommended: true }
  authenticator-app: {}
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
`;

/**
 * @param onStoreOfRun whether the commands run on MongoDB where the run does, instead of the store of the configuration
 */
export async function adminServices({
  configuration = standard,
  now = Date.parse('2023-10-01T12:00:00Z'),
  onStoreOfRun = false,
} = {}): Promise<AdminServices> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-admin-'));
  const file = join(folder, 'deployment.yaml');
  await writeFile(file, configuration, { mode: 0o600 });
  const clock = movableClock(now);
  const database = onStoreOfRun ? await ownDatabase() : undefined;
  /** The clock of tests is not the server's. */
  const onOwn = (env: Readonly<Record<string, string>>) => ({
    ...withMongodb(env, database?.uri),
    ...(database && { REKEY_STORAGE_MONGODB_SERVER_EXPIRY: 'false' }),
  });
  const installations: Services[] = [];
  return {
    folder,
    file,
    clock,
    async rekey(words, input = '', env = {}, config = ['--config', file], user = 'ann') {
      let [out, err] = ['', ''];
      const exit = await run(
        {
          words: [...config, ...(typeof words === 'string' ? words.split(' ') : words)],
          env: onOwn(env),
          folder,
          user,
          clock,
          input: Readable.from([input]),
          output: (text) => void (out += text),
          complain: (text) => void (err += text),
        },
        composition,
      );
      return {
        exit,
        out,
        err,
        json<T>(is?: (value: unknown) => value is T) {
          const value: unknown = JSON.parse(out);
          if (is && !is(value)) throw new TypeError('Something else was printed.');
          return value as T;
        },
      };
    },
    async open() {
      const { loaded, registry } = await readDeployment(file, onOwn({}));
      if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
      const services = await openServices({
        settings: loaded.settings,
        registry,
        clock,
        log: pino({ enabled: false }),
      });
      installations.push(services);
      return services;
    },
    async close() {
      for (const services of installations) await services.close();
      await database?.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
