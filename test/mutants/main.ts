/**
 * `npm run mutants [-- <file>…]`: changes one thing at a time in the files that decide who gets in, and runs their own
 * tests on each change. A change that no test notices is printed with its line, unless `accepted.json` says why it may
 * be. Ends with 1 when one is left. Takes minutes; no part of `npm test`.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { mutantsOf, type Mutant } from './operators.ts';

const root = join(import.meta.dirname, '../..');
/** What decides who gets in, each with the tests that stand beside it. */
const judged: Readonly<Record<string, readonly string[]>> = JSON.parse(
  await readFile(join(import.meta.dirname, 'judged.json'), 'utf8'),
) as Record<string, readonly string[]>;
interface Accepted {
  readonly file: string;
  /** The line as it stands, without white space around it. */
  readonly text: string;
  /** `was -> is` */
  readonly change: string;
  readonly because: string;
}
const accepted = JSON.parse(await readFile(join(import.meta.dirname, 'accepted.json'), 'utf8')) as readonly Accepted[];
/** ms for the tests of one file: a mutant that makes them hang is noticed too. */
const longest = 120_000;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((file) => !Object.hasOwn(judged, file));
if (unknown.length > 0) {
  process.stderr.write(`No tests are named for ${unknown.join(', ')} in test/mutants/judged.json.\n`);
  process.exit(2);
}

/** A copy of the sources, so that an interrupted run leaves nothing changed. */
async function copyOfSources(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-mutants-'));
  const left = new Set(['node_modules', '.git', 'state', '.screenshots', '.work']);
  await cp(root, folder, { recursive: true, filter: (from) => !left.has(relative(root, from).split('/')[0] ?? '') });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function testsPass(folder: string, tests: readonly string[]): Promise<boolean> {
  const jest = join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const words = ['--bail', '--silent', '--runInBand'];
  const child = spawn(process.execPath, [...flags, jest, ...words, ...tests], { cwd: folder, stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), longest);
  return new Promise((resolve) => {
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

const isAccepted = (file: string, { text, was, is }: Mutant): boolean =>
  accepted.some((one) => one.file === file && one.text === text && one.change === `${was} -> ${is}`);

const folder = await copyOfSources();
let survived = 0;
try {
  for (const file of wanted.length > 0 ? wanted : Object.keys(judged)) {
    const tests = judged[file] ?? [];
    const source = await readFile(join(root, file), 'utf8');
    if (!(await testsPass(folder, tests))) throw new Error(`The tests of ${file} fail without any change.`);
    const mutants = mutantsOf(source);
    let alive = 0;
    for (const mutant of mutants) {
      if (isAccepted(file, mutant)) continue;
      await writeFile(join(folder, file), mutant.source);
      if (!(await testsPass(folder, tests))) continue;
      alive += 1;
      process.stdout.write(`${file}:${mutant.line}  ${mutant.was} -> ${mutant.is}   ${mutant.text}\n`);
    }
    await writeFile(join(folder, file), source);
    process.stdout.write(`${file}: ${mutants.length} mutants, ${alive} unnoticed\n`);
    survived += alive;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = survived === 0 ? 0 : 1;
