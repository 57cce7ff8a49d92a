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
  expect(entry).toContain('redirectUris');
});
