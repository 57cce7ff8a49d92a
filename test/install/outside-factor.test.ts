/**
 * A factor from outside, in a folder with nothing but the factor: found, checked, and its mistakes reported in
 * sentences.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { changeFile } from '../harness/toy-factor.ts';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
let place: string;
let folder: string;
let fob: string;

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'rekey-outside-'));
  folder = join(place, 'toy');
  fob = join(place, 'grid-fob');
  await cp(join(root, 'docs/examples/toy'), folder, { recursive: true });
  await cp(join(root, 'docs/examples/grid-fob'), fob, { recursive: true });
});
afterEach(() => rm(place, { recursive: true, force: true }));

const rekey = (...words: string[]) =>
  promisify(execFile)(process.execPath, [join(root, 'bin/rekey.mjs'), ...words], { cwd: place }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
const change = (file: string, from: string, to: string, where = folder) => changeFile(join(where, file), from, to);
const deployment = async (factorFolders: string, more = '') => {
  const file = join(place, 'deployment.yaml');
  const lines = ['issuer: http://localhost:4000', 'name: X', 'state: state', 'mail: { outbox: true }'];
  await writeFile(file, [...lines, `factorFolders: [${factorFolders}]`, more, ''].join('\n'), { mode: 0o600 });
  return file;
};

test('A-308a keeps the contract as it stands, without a path of the machine', async () => {
  expect(await rekey('factor', 'check', 'toy')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^toy keeps the contract: \d+ rules held\.\n$/),
  });
});

test('A-308a a deployment takes it from there', async () => {
  const file = await deployment('toy', 'factors: { toy: {} }');
  expect(await rekey('config', 'check', '--config', file)).toMatchObject({ code: 0 });
  const { stdout } = await rekey('factor', 'list', '--json', '--config', file);
  expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ id: 'toy', enabled: true }));
});

test.each([
  [
    'an answer that counts twice',
    `if (challenge.number <= secret.answered) return refused('code_used');`,
    '',
    'The same answer a second time was accepted, and must be refused.',
  ],
  [
    'a state with null',
    'answered: z.int().min(0)',
    'answered: z.int().min(0).nullable()',
    'A secret state whose schema takes it though answered is null was accepted, and must be refused.',
  ],
  [
    'an open settings schema',
    'settings: z.strictObject(',
    'settings: z.object(',
    'factor.ts: settings: must refuse unknown keys (z.strictObject)',
  ],
  [
    'a secret in what is described',
    'describe: ({ answered }) => ({ detail: `word, ${answered} times` })',
    'describe: ({ word: own }) => ({ detail: own })',
    'describe holds a text of the secret state, the challenge or the answer.',
  ],
])('A-308b says in a sentence what is wrong: %s', async (_name, from, to, says) => {
  await change('factor.ts', from, to);
  const told = await rekey('factor', 'check', folder);
  expect(told).toMatchObject({ code: 1, stdout: '' });
  expect(told.stderr.split('\n')).toContain(says);
  expect(told.stderr).not.toMatch(/^\s+at /m);
});

test('A-308b names every file that is missing, and a folder that is no factor', async () => {
  await rm(join(folder, 'views/enrol.hbs'));
  await rm(join(folder, 'locales/fr.json'));
  const told = await rekey('factor', 'check', 'toy', '--json');
  expect((JSON.parse(told.stdout) as { refused: unknown[] }).refused).toEqual([
    { code: 'factor_breaks_contract', says: 'views/enrol.hbs is missing' },
    { code: 'factor_breaks_contract', says: 'locales/fr.json is missing' },
  ]);
  expect(await rekey('factor', 'check', place)).toMatchObject({ code: 1, stderr: 'there is no factor.ts\n' });
});

test('A-470 a mistake in a schema that breaks many rules is one sentence', async () => {
  await change('states.ts', '.length(25)', '.length(24)', fob);
  const told = await rekey('factor', 'check', fob);
  expect(told.code).toBe(1);
  const says = 'The secret state that the factor gave is not read by its own schema: numbers: Too big';
  expect(told.stderr.split(says)).toHaveLength(2);
  expect(told.stderr).toMatch(/, and \d\d more rules\)\n\d\d of \d\d rules do not hold\.\n$/);
});

test.each([
  [
    'a word of the command line',
    'factor',
    'factor.ts: issue: noun: is a word of the command line already: choose another',
  ],
  [
    'the noun of one of ours',
    'card',
    `factor.ts: issue: noun: card is the noun of the factor in ${join(root, 'factors/token-card')} already`,
  ],
])('A-471 a noun that is taken is refused by both checks: %s', async (_what, noun, says) => {
  await change('factor.ts', `noun: 'fob'`, `noun: '${noun}'`, fob);
  expect(await rekey('factor', 'check', fob)).toMatchObject({ code: 1, stderr: `${says}\n` });
  const checked = await rekey('config', 'check', '--config', await deployment('grid-fob'));
  expect(checked).toMatchObject({ code: 3, stderr: expect.stringContaining(`${fob}: ${says}`) });
});

test.each([
  [
    'a syntax that is none',
    'grid.ts',
    `const columns =`,
    'const columns = = ',
    'grid.ts cannot be loaded: Expression expected (line 9)',
  ],
  [
    'something thrown',
    'states.ts',
    'z.literal(1)',
    'z.litral(1)',
    'states.ts cannot be loaded: z.litral is not a function (line 12)',
  ],
  [
    'a name that is not there',
    'factor.ts',
    'cellsOf, codeOf',
    'cellOf, codeOf',
    "factor.ts cannot be loaded: The requested module './grid.ts' does not provide an export named 'cellOf' (line 8)",
  ],
])(
  'A-472 a file that cannot be loaded is named with its line, by check and start alike: %s',
  async (_what, file, from, to, says) => {
    await change(file, from, to, fob);
    const configuration = await deployment('grid-fob');
    const whole = `Factors cannot be used as they are:\n  ${fob}: ${says}\n`;
    expect(await rekey('factor', 'check', fob)).toMatchObject({ code: 1, stderr: `${says}\n` });
    expect(await rekey('config', 'check', '--config', configuration)).toMatchObject({ code: 3, stderr: whole });
    expect(await rekey('start', '--config', configuration)).toMatchObject({ code: 3, stderr: whole });
  },
);

test.each([
  [
    'a throw in verify',
    'factor.ts',
    'if (serial !== secret.serial)',
    `if (serial === secret.serial) throw new Error('boom');\n    if (serial !== secret.serial)`,
    'It threw, which is a fault: Error: boom (factor.ts, line 36)',
  ],
  [
    'a value that the view misspells',
    'views/authenticate.hbs',
    'shows.first',
    'shows.frist',
    'views/authenticate.hbs cannot be drawn (nl): value missing: first of grid-fob nl prove.ask. The view names shows.frist; shows has first, second.',
  ],
  [
    'a text that the view misspells',
    'views/authenticate.hbs',
    '"prove.ask"',
    '"prove.aks"',
    'views/authenticate.hbs: there is no text prove.aks in locales/',
  ],
  [
    'a simulator that cannot be loaded',
    'simulator.ts',
    'function createDevice',
    'function createDevise',
    'simulator.ts cannot be loaded: createDevice is not defined (line 22)',
  ],
])('A-472 says where: %s', async (_what, file, from, to, says) => {
  await change(file, from, to, fob);
  const told = await rekey('factor', 'check', fob);
  expect(told.code).toBe(1);
  expect(told.stderr.split('\n')).toContain(says);
});

test('A-474 a folder without a factor.ts, and schemas of another zod, are named', async () => {
  await mkdir(join(place, 'empty'));
  const told = await rekey('config', 'check', '--config', await deployment('empty', 'factors: { grid-fob: {} }'));
  const says = 'there is no factor.ts, neither in this folder nor in one directly below it';
  expect(told).toMatchObject({ code: 3, stderr: expect.stringContaining(`${join(place, 'empty')}: ${says}`) });

  await cp(join(root, 'node_modules/zod'), join(place, 'node_modules/zod'), { recursive: true, dereference: true });
  await change('states.ts', `from 'rekey/factor'`, `from 'zod'`, fob);
  const { stderr } = await rekey('factor', 'check', fob);
  expect(stderr.split('\n')).toContain(
    "factor.ts: settings: is made by another zod than ours: import { z } from 'rekey/factor'",
  );
});

test('A-475 the examples keep the contract, and their own tests run by the command of the guide', async () => {
  expect(await rekey('factor', 'check', fob)).toMatchObject({ code: 0 });
  await mkdir(join(place, 'node_modules'), { recursive: true });
  await symlink(root, join(place, 'node_modules/rekey'));
  const run = await promisify(execFile)(
    process.execPath,
    ['--import', 'rekey/register', '--test', join(fob, 'factor.test.ts')],
    { cwd: place, env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
  );
  expect(run.stdout).toMatch(/pass 2\b/);
});

test('A-475 the package has the examples with their tests, and what the command of the guide needs', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    maxBuffer: 16_000_000,
  });
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, { readonly files: { readonly path: string }[] }>);
  const paths = packed?.files.map(({ path }) => path) ?? [];
  for (const file of ['toy/factor.ts', 'toy/simulator.ts', 'grid-fob/factor.ts', 'grid-fob/factor.test.ts'])
    expect(paths).toContain(`docs/examples/${file}`);
  expect(paths).toContain('bin/register.mjs');
  expect(paths).toContain('factors/contract-suite/tools.ts');
  expect(paths.filter((path) => path.startsWith('test/') || path.startsWith('bench/'))).toEqual([]);
});
