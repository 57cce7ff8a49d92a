/** A complete factor in a folder outside the product, as somebody else's would be: it reaches the contract by its absolute address. */
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const product = resolve(import.meta.dirname, '../..');
const original = join(product, 'test/fixtures/toy-factor');
const addressOf = (path: string): string => pathToFileURL(join(product, path)).href;

export interface ToyFactor {
  /** What `loadFactors` is given: a folder with one factor in it. */
  readonly root: string;
  /** The factor's own folder. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** @param id the folder's name, and the factor's id */
export async function writeToyFactor(id = 'toy'): Promise<ToyFactor> {
  const root = await mkdtemp(join(tmpdir(), 'toy-factor-'));
  const folder = join(root, id);
  await cp(original, folder, { recursive: true });
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.ts'))) {
    const source = await readFile(join(folder, file), 'utf8');
    const placed = source
      .replaceAll(`'../../../`, `'${addressOf('')}/`)
      .replaceAll(`from 'zod'`, `from '${addressOf('node_modules/zod/index.js')}'`)
      .replace(`id: 'toy'`, `id: '${id}'`);
    await writeFile(join(folder, file), placed);
  }
  return { root, folder, remove: () => rm(root, { recursive: true, force: true }) };
}
