/**
 * A complete factor in a folder outside the product, as somebody else's would be: an example of the guide as it stands.
 */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const product = resolve(import.meta.dirname, '../..');
const examples = join(product, 'docs/examples');
export interface ToyFactor {
  /** What `loadFactors` is given: a folder with one factor in it, and where its packages are. */
  readonly root: string;
  /** The factor's own folder. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** @param id the folder's name, and the factor's id */
export async function writeToyFactor(id = 'toy'): Promise<ToyFactor> {
  const toy = await writeExample('toy', id);
  if (id !== 'toy') await changeFile(join(toy.folder, 'factor.ts'), `id: 'toy'`, `id: '${id}'`);
  return toy;
}

export async function changeFile(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not have ${from}`);
  await writeFile(file, text.replace(from, to));
}

export async function writeExample(example: 'toy' | 'grid-fob', name: string = example): Promise<ToyFactor> {
  const root = await mkdtemp(join(tmpdir(), 'toy-factor-'));
  const folder = join(root, name);
  await cp(join(examples, example), folder, { recursive: true });
  // As `npm install` would: jest has no part in how the product finds `rekey/factor`.
  await mkdir(join(root, 'node_modules'));
  await symlink(product, join(root, 'node_modules/rekey'));
  return { root, folder, remove: () => rm(root, { recursive: true, force: true }) };
}
