/**
 * A factor from outside, in a folder with nothing but the factor: found, checked, and its mistakes reported in
 * sentences.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
let place: string;
let folder: string;

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'rekey-outside-'));
  folder = join(place, 'toy');
  await cp(join(root, 'test/fixtures/toy-factor'), folder, { recursive: true });
});
afterEach(() => rm(place, { recursive: true, force: true }));

const rekey = (...words: string[]) =>
  promisify(execFile)(process.execPath, [join(root, 'bin/rekey.mjs'), ...words], { cwd: place }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
const change = async (file: string, from: string, to: string) => {
  const text = await readFile(join(folder, file), 'utf8');
  expect(text).toContain(from);
  await writeFile(join(folder, file), text.replace(from, to));
};

test('A-308a keeps the contract as it stands, without a path of the machine', async () => {
  expect(await rekey('factor', 'check', 'toy')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^toy keeps the contract: \d+ rules held\.\n$/),
  });
});

test('A-308a a deployment takes it from there', async () => {
  const file = join(place, 'deployment.yaml');
  const lines = ['issuer: http://localhost:4000', 'name: X', 'state: state', 'mail: { outbox: true }'];
  await writeFile(file, [...lines, 'factorFolders: [toy]', 'factors: { toy: {} }', ''].join('\n'), { mode: 0o600 });
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
