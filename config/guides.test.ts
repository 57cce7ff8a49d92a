// Every entry that a guide of docs/relying-parties/ shows is a whole one: the configuration takes it as it stands.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { describeMistakes } from './config-errors.ts';
import { loadSettings } from './load.ts';

const guides = join(import.meta.dirname, '..', 'docs', 'relying-parties');
const names = (await readdir(guides)).toSorted();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-guides-'));
  await writeFile(join(folder, 'my-app'), 'a1'.repeat(32), { mode: 0o600 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('A-556 there are at least twenty guides, and the first page names each', async () => {
  const first = await readFile(join(guides, 'README.md'), 'utf8');
  const others = names.filter((name) => name !== 'README.md');
  expect(others.length).toBeGreaterThanOrEqual(20);
  expect(others.filter((name) => !first.includes(`(${name})`))).toEqual([]);
});

test.each(names)('A-556 the entry of %s', async (name) => {
  const text = await readFile(join(guides, name), 'utf8');
  const entry = /```yaml\n(clients:\n[\s\S]*?)```/.exec(text)?.[1] ?? 'none';
  const file = join(folder, `${name}.yaml`);
  const around =
    'issuer: https://id.example\nname: Example\nstate: state\nmail: { outbox: true }\nfactors: { app: {} }\n';
  await writeFile(file, around + entry.replace('/run/secrets/my-app', './my-app'), { mode: 0o600 });
  const loaded = await loadSettings({ file, factorSettings: { app: z.strictObject({}) } });
  const mistakes = loaded.ok ? [] : loaded.mistakes.filter(({ path }) => path.startsWith('clients'));
  expect(describeMistakes(mistakes)).toBe('');
  expect(entry).toMatch(/redirectUris|deviceGrant/);
});

test('A-603 the entry that the page about APIs shows', async () => {
  const text = await readFile(join(guides, '..', 'apis.md'), 'utf8');
  const entry = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? 'none';
  const file = join(folder, 'apis.yaml');
  const around =
    'issuer: https://id.example\nname: Example\nstate: state\nmail: { outbox: true }\nfactors: { app: {} }\n';
  await writeFile(file, around + entry.replaceAll('/run/secrets/my-app', './my-app'), { mode: 0o600 });
  const loaded = await loadSettings({ file, factorSettings: { app: z.strictObject({}) } });
  const mistakes = loaded.ok ? [] : loaded.mistakes.filter(({ path }) => /^(clients|apis)/.test(path));
  expect([describeMistakes(mistakes), entry.includes('introspectedBy')]).toEqual(['', true]);
});

const root = join(import.meta.dirname, '..', 'test', 'clients');
const tests = (await readdir(root)).filter((file) => /\.(test|client)\.ts$/.test(file));
const sources = await Promise.all(tests.map((file) => readFile(join(root, file), 'utf8')));
const followed = sources
  .flatMap((text) => [...text.matchAll(/follow(?:ed)?\('([\w-]+)'/g)].map(([, name = '']) => name))
  .filter((name) => name !== 'apis');

test('A-602 a page says that a test follows it exactly where one does, and the first page too', async () => {
  const first = await readFile(join(guides, 'README.md'), 'utf8');
  expect(followed.length).toBeGreaterThanOrEqual(12);
  for (const file of names.filter((name) => name !== 'README.md')) {
    const isFollowed = followed.includes(file.replace('.md', ''));
    const text = await readFile(join(guides, file), 'utf8');
    const row = new RegExp(`\\(${file}\\) .*\\| (yes|no) *\\|`).exec(first)?.[1];
    expect([file, text.includes('\nFollowed by a test'), row]).toEqual([file, isFollowed, isFollowed ? 'yes' : 'no']);
  }
});

test.each(followed)('A-602 what the page of %s installs is what its lock file has', async (name) => {
  const text = await readFile(join(guides, `${name}.md`), 'utf8');
  const lines = [...text.matchAll(/^(?:npm install|pip install|go get|go install|cargo add) (.*)$/gm)];
  const folder = join(root, name);
  const locks = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')));
  const packages = lines.flatMap(([, words = '']) => words.replace(/ --features .*/, '').split(' '));
  for (const written of packages) {
    const [, plain = written] = /^'?(.+?)(?:\[.*\]|@v[\d.]+|\/oidc)?'?$/.exec(written) ?? [];
    expect(locks.join('\n').toLowerCase()).toContain(plain.toLowerCase());
  }
});
