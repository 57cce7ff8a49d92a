/**
 * How the packages of a client are had: by its own lock file beside this one, into a cache of the machine, with the
 * ordinary tool of its language. Called by `follow.ts`.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Tool = 'node' | 'python' | 'go' | 'cargo' | 'maven' | 'keycloak' | 'debian';

interface Toolchain {
  /** Its lock files, which also say what is kept in the cache. */
  readonly files: readonly string[];
  /** The command that must be there. */
  readonly command: string;
  /** In the folder of the cache, where the lock files are. */
  readonly install: (folder: string) => Promise<unknown>;
  /** Whether the lock files must be beside the program. */
  readonly beside: boolean;
  /** What else must be, of the folder of the cache. */
  readonly besides?: readonly string[];
  /** Variables of the program. */
  readonly environment: (folder: string) => Readonly<Record<string, string>>;
}

const inPath = (folder: string) => ({ PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` });
const minutes = (count: number) => ({ timeout: count * 60_000, maxBuffer: 1 << 26 });

const toolchains: Readonly<Record<Tool, Toolchain>> = {
  node: {
    files: ['package.json', 'package-lock.json'],
    command: 'npm',
    install: (cwd) => run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd, ...minutes(5) }),
    beside: false,
    environment: (folder) => inPath(join(folder, 'node_modules/.bin')),
  },
  python: {
    files: ['requirements.txt'],
    command: 'python3',
    install: async (cwd) => {
      await run('python3', ['-m', 'venv', 'venv'], { cwd, ...minutes(2) });
      await run('venv/bin/pip', ['install', '--quiet', '--requirement', 'requirements.txt'], { cwd, ...minutes(8) });
    },
    beside: false,
    environment: (folder) => ({ ...inPath(join(folder, 'venv/bin')), PYTHONDONTWRITEBYTECODE: '1' }),
  },
  go: {
    files: ['go.mod', 'go.sum'],
    command: 'go',
    // A tool is built into the cache; a program fetches what its lock file names when it is built.
    install: async (cwd) => {
      const mod = await readFile(join(cwd, 'go.mod'), 'utf8');
      const tool = /^tool (\S+)$/m.exec(mod)?.[1];
      const words = tool === undefined ? ['mod', 'download'] : ['build', '-o', join(cwd, 'bin') + '/', tool];
      return run('go', words, { cwd, ...minutes(15) });
    },
    beside: true,
    environment: (folder) => inPath(join(folder, 'bin')),
  },
  cargo: {
    files: ['Cargo.toml', 'Cargo.lock'],
    command: 'cargo',
    install: async (cwd) => run('cargo', ['fetch', '--locked'], { cwd: await withMain(cwd), ...minutes(8) }),
    beside: true,
    environment: (folder) => ({ CARGO_TARGET_DIR: join(folder, 'target') }),
  },
  maven: {
    files: ['pom.xml'],
    command: 'mvn',
    install: (cwd) => run('mvn', ['--batch-mode', '--quiet', 'dependency:resolve'], { cwd, ...minutes(8) }),
    beside: true,
    environment: () => ({}),
  },
  keycloak: {
    files: ['pom.xml'],
    command: 'mvn',
    // The whole product, in an archive that is unpacked into the cache.
    install: async (cwd) => {
      await run('mvn', ['--batch-mode', '--quiet', 'dependency:unpack'], { cwd, ...minutes(10) });
      await run('bash', ['-c', 'mv unpacked/keycloak-* keycloak && chmod +x keycloak/bin/kc.sh'], {
        cwd,
        ...minutes(1),
      });
    },
    beside: false,
    besides: ['keycloak'],
    environment: () => ({}),
  },
  debian: {
    files: ['packages.txt', 'apache2.conf', 'apache2ctl'],
    command: 'apt-get',
    // Unpacked in the cache, not installed.
    install: async (cwd) => {
      const names = (await readFile(join(cwd, 'packages.txt'), 'utf8')).trim().split('\n');
      const download = () => run('apt-get', ['download', ...names], { cwd, ...minutes(3) });
      await download().catch(async () => {
        // A new machine has no lists of packages yet.
        await run('apt-get', ['update'], minutes(5));
        await download();
      });
      await run('bash', ['-c', 'for package in *.deb; do dpkg --extract "$package" root; done'], {
        cwd,
        ...minutes(1),
      });
    },
    beside: false,
    environment: inPath,
  },
};

/** Cargo wants a program before it fetches anything. */
async function withMain(folder: string): Promise<string> {
  await mkdir(join(folder, 'src'), { recursive: true });
  await writeFile(join(folder, 'src/main.rs'), 'fn main() {}\n');
  return folder;
}

export interface Installed {
  /** In the cache. A program in a folder below it finds its packages. */
  readonly folder: string;
  /** Where programs run. */
  readonly runs: string;
  /** To be copied beside the program. */
  readonly beside: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** What is missing on this machine, in one line; or the packages. */
export async function install(client: string, tool: Tool): Promise<Installed | { readonly missing: string }> {
  const { files, command, beside, besides = [], environment, ...chain } = toolchains[tool];
  const source = join(import.meta.dirname, client);
  const texts = await Promise.all(files.map((file) => readFile(join(source, file), 'utf8')));
  const mark = createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 12);
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'rekey-clients', `${client}-${mark}`);
  const give = (): Installed => ({
    folder,
    // A server that gives up its rights could not read the cache of root.
    runs: tool === 'debian' ? tmpdir() : join(folder, 'runs'),
    beside: [...(beside ? files : []), ...besides].map((file) => join(folder, file)),
    environment: environment(folder),
  });
  if (existsSync(join(folder, 'installed'))) return give();
  try {
    await run(command, [tool === 'go' ? 'version' : '--version']);
  } catch {
    return { missing: `${client}: ${command} is not on this machine` };
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const file of files) await cp(join(source, file), join(folder, file));
  try {
    await chain.install(folder);
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string };
    return { missing: `${client}: its packages cannot be had (${lastLine(stderr) ?? String(error)})` };
  }
  await writeFile(join(folder, 'half'), '');
  await rename(join(folder, 'half'), join(folder, 'installed'));
  return give();
}

const lastLine = (text: string): string | undefined => text.trim().split('\n').at(-1);
