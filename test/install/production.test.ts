/** Rekey as it is installed to be run: packed, below the `node_modules` of another project, started by its command. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../harness/free-port.ts';
import { serverProcess } from '../harness/server-process.ts';

const root = join(import.meta.dirname, '../..');
const described = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};
const run = (file: string, words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  promisify(execFile)(file, [...words], { env: { PATH: process.env['PATH'], ...env } }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

let project: string;
let rekey: string;

/**
 * Uses only the files of the package, and nothing that only this repository has: there are no development dependencies.
 */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'rekey-installed-'));
  const packed = await run('npm', ['pack', root, '--ignore-scripts', '--json', '--pack-destination', project]);
  if (packed.code !== 0) throw new Error(packed.stderr);
  const modules = join(project, 'node_modules');
  await mkdir(join(modules, 'rekey'), { recursive: true });
  await run('tar', [
    '-xzf',
    join(project, `rekey-${described.version}.tgz`),
    '-C',
    join(modules, 'rekey'),
    '--strip-components=1',
  ]);
  for (const name of Object.keys(described.dependencies)) {
    if (name.includes('/')) await mkdir(join(modules, name, '..'), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  rekey = join(modules, 'rekey/bin/rekey.mjs');
});
afterAll(() => rm(project, { recursive: true, force: true }));

test('A-307a the package holds no tests but that of an example', async () => {
  const files = await readdir(join(project, 'node_modules/rekey'), { recursive: true });
  const tests = files.filter((file) => /\.test\.ts$|^(test|bench|state)\b/.test(file));
  expect(tests).toEqual(['docs/examples/grid-fob/factor.test.ts']);
});

test('A-307b commands run where no types are stripped by Node.js itself', async () => {
  expect(await run(process.execPath, [rekey, 'config', 'check'])).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('is in order'),
  });
});

/** Tells of every flag that the process sets while it runs. */
const reportFlags = `
  import v8 from 'node:v8';
  const set = v8.setFlagsFromString;
  v8.setFlagsFromString = (flag) => {
    process.stderr.write(JSON.stringify({ event: 'v8.flag', flag }) + '\\n');
    set(flag);
  };`;

test('A-307c the server starts with its flags however it is started, and says its version and that it stopped', async () => {
  const env = {
    REKEY_STATE: join(project, 'state'),
    REKEY_LOG_LEVEL: 'info',
    REKEY_LISTEN_PORT: String(await freePort()),
    REKEY_DEMO_RELYING_PARTY_PORT: String(await freePort()),
    REKEY_DEMO_HELPER_PORT: String(await freePort()),
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(reportFlags)}`,
  };
  const server = serverProcess(env, [rekey, 'start']);
  await server.until('listening', 'v8.flag');
  const words = (await readFile(`/proc/${String(server.pid)}/cmdline`, 'utf8')).split('\0');
  expect(words).toContain('--max-semi-space-size=8');
  expect(server.lines('v8.flag')).toEqual([{ event: 'v8.flag', flag: '--heap-growing-percent=30' }]);
  expect(await readFile(`/proc/${String(server.pid)}/environ`, 'utf8')).toContain('MALLOC_MMAP_THRESHOLD_=8000');
  expect(server.lines('listening')).toMatchObject([{ version: described.version }]);
  expect(await server.stop()).toBe(0);
  expect(server.lines('stopped')).toMatchObject([{ version: described.version }]);
});

test.each(['20.20.2', '22.17.1'])('A-307d on Node.js %s every entry says one sentence', async (node) => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${node}' } })`;
  for (const words of [
    ['bin/rekey.mjs', 'start'],
    ['bin/rekey.mjs', 'factor', 'list'],
  ]) {
    const [file = '', ...rest] = words;
    const told = await run(process.execPath, [
      '--import',
      `data:text/javascript,${pretend}`,
      join(root, file),
      ...rest,
    ]);
    expect(told).toMatchObject({ code: 1, stdout: '' });
    expect(told.stderr).toBe(
      `Rekey needs Node.js 22.18 or later; this is ${node}. Install a newer one from https://nodejs.org.\n`,
    );
  }
});

test('A-307e a compile cache that cannot be filled is told in one line, and fails no installation', async () => {
  const pretend =
    "import module from 'node:module'; module.flushCompileCache = () => { throw new Error('disk full') }; module.syncBuiltinESMExports()";
  const told = await run(process.execPath, [
    '--import',
    `data:text/javascript,${pretend}`,
    join(root, 'bin/fill-compile-cache.mjs'),
  ]);
  expect(told).toMatchObject({ code: 0 });
  expect(told.stderr).toBe(
    'Nothing was compiled ahead (disk full): Rekey works all the same, its first start takes longer.\n',
  );
});
