/** Settings that are loaded from a text, as the loader reads them from a file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { z } from 'zod';
import { loadSettings, type LoadOptions } from '../../config/load.ts';
import { describeMistakes } from '../../config/config-errors.ts';

export let folder: string;

export const factorSettings = {
  card: z.strictObject({ digits: z.int().min(4).max(8).default(6) }),
  mail: z.strictObject({ pepper: z.string().min(16).meta({ secret: true }).optional() }),
  app: z.strictObject({}),
};

let files = 0;
export async function load(text: string, options: Partial<LoadOptions> = {}) {
  files += 1;
  const file = join(folder, `${files}.yaml`);
  await writeFile(file, text, { mode: 0o600 });
  return loadSettings({ file, factorSettings, ...options });
}

export const base = `issuer: https://id.example
name: Example
state: state
mail: { outbox: true }
factors:
  mail: {}
  card: {}
`;
export const local = base.replace('https://id.example', 'http://localhost:4000');

export async function mistakesOf(text: string, options: Partial<LoadOptions> = {}): Promise<string[]> {
  const loaded = await load(text, options);
  return loaded.ok ? [] : describeMistakes(loaded.mistakes).split('\n');
}

/** Makes a folder for the files of the tests, and removes it after them. */
export function withFiles(): void {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekey-config-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
}
