/**
 * Follows a page of `docs/relying-parties/` to the letter: the product with the entry of the page, the packages of the
 * client, the files and commands of the page. What is replaced: the two addresses, the port, and the secrets.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, appendFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { letEngineFetch } from '../harness/engine-fetch.ts';
import { freePort } from '../harness/free-port.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { packagesOf, readGuide, type Guide } from './guide.ts';
import { install, type Installed, type Tool } from './toolchains.ts';

export interface Followed {
  readonly product: Product;
  /** The application's address, without a slash at the end. */
  readonly app: string;
  readonly guide: Guide;
  /** Of every client of the page. */
  readonly secret: string;
  /** What the application has printed. */
  readonly said: () => string;
  close(): Promise<void>;
}

export interface Following {
  readonly tool: Tool;
  /** Below docs/. Default: the page of this client. */
  readonly page?: string;
  /** What it prints when it is ready. Default: it listens at its port. */
  readonly prints?: RegExp;
  /** Further variables. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The provider asks the application for something: its address may be called. */
  readonly isAsked?: boolean;
  /** It has started programs of its own, which it ends when it is asked to. */
  readonly endsItself?: boolean;
  /** Further words of the last command, which the page says for an application on http. */
  readonly words?: string;
}

/** `missing`: in one line what this machine lacks. With `CI=true` that is a fault. */
export async function follow(name: string, following: Following): Promise<Followed | { readonly missing: string }> {
  const installed = await install(name, following.tool);
  if ('missing' in installed) {
    if (process.env['CI'] === 'true') throw new Error(installed.missing);
    return installed;
  }
  const [port, ours] = [await freePort(), await freePort()];
  // Another host than the provider's, as in life: cookies are apart.
  const app = `http://127.0.0.1:${port}`;
  const guide = await readGuide(following.page ?? `relying-parties/${name}.md`, {
    issuer: `http://localhost:${ours}`,
    app,
    port,
  });
  const secret = randomBytes(32).toString('hex');
  const clients = guide.clients.map(({ secretFile, ...client }) => ({
    ...client,
    ...(secretFile === undefined ? {} : { secret }),
  }));
  if (following.isAsked) letEngineFetch();
  const product = await startProduct(
    { clients, apis: guide.apis, ...(following.isAsked && { internalHosts: [new URL(app).host] }) },
    { port: ours },
  );
  const environment = {
    ...process.env,
    NODE_OPTIONS: '',
    ...installed.environment,
    ...following.variables,
    PORT: String(port),
    CLIENT_SECRET: secret,
    SESSION_SECRET: randomBytes(16).toString('hex'),
  };
  const application = await start(guide, { installed, environment, following }).catch(async (error) => {
    await product.close();
    throw error;
  });
  const followed = {
    product,
    app,
    guide,
    secret,
    said: application.said,
    async close() {
      await application.stop();
      await product.close();
    },
  };
  try {
    await (following.prints ? says(following.prints, application) : answers(app, application));
  } catch (error) {
    await followed.close();
    throw error;
  }
  return followed;
}

interface Application {
  readonly said: () => string;
  readonly ended: () => boolean;
  stop(): Promise<void>;
}

async function start(
  { steps }: Guide,
  {
    installed,
    environment,
    following: { words, endsItself = false },
  }: { installed: Installed; environment: NodeJS.ProcessEnv; following: Following },
): Promise<Application> {
  await mkdir(installed.runs, { recursive: true });
  const folder = await mkdtemp(join(installed.runs, 'rekey-client-'));
  for (const file of installed.beside)
    await cp(file, join(folder, file.slice(dirname(file).length + 1)), { recursive: true });
  const last = steps.at(-1);
  if (last === undefined || !('line' in last))
    throw new Error('The page ends without a command that starts the application.');
  for (const step of steps.slice(0, -1)) {
    if ('line' in step) {
      if (step.kind === 'install') continue;
      await promisify(execFile)('bash', ['-c', step.line], { cwd: folder, env: environment, timeout: 300_000 });
      continue;
    }
    const file = join(folder, step.file);
    await mkdir(dirname(file), { recursive: true });
    await (step.kind === 'append' ? appendFile(file, `\n${step.text}`) : writeFile(file, step.text));
  }
  const line = words === undefined ? last.line : `${last.line} ${words}`;
  // A group of its own: what the command starts ends with it.
  const child = spawn('bash', ['-c', line], { cwd: folder, env: environment, detached: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => void (said += part.toString()));
  return {
    said: () => said,
    ended: () => child.exitCode !== null,
    async stop() {
      await end(child, endsItself);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess, endsItself: boolean): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null) return;
  // Not `close`: a program that it has started may keep what it was printed to.
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-pid, endsItself ? 'SIGTERM' : 'SIGKILL');
  await gone;
}

/** Waits until the application answers, whatever it says. */
async function answers(app: string, application: Application): Promise<void> {
  for (;;) {
    const answer = await fetch(app, { redirect: 'manual' }).catch(() => undefined);
    if (answer) return;
    if (application.ended()) throw new Error(`The application has ended:\n${application.said()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function says(what: RegExp, application: Application): Promise<void> {
  while (!what.test(application.said())) {
    if (application.ended()) throw new Error(`The application has ended:\n${application.said()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What the page says to install, without versions. */
export const installedByPage = ({ steps }: Guide): readonly string[] =>
  steps.flatMap((step) => (step.kind === 'install' ? packagesOf(step.line) : []));
