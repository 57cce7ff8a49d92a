/** A complete factor in a folder outside the product, as somebody else's would be: copied as it stands. */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const product = resolve(import.meta.dirname, '../..');
const original = join(product, 'test/fixtures/toy-factor');
export interface ToyFactor {
  /** What `loadFactors` is given: a folder with one factor in it, and where its packages are. */
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
  if (id !== 'toy') {
    const file = join(folder, 'factor.ts');
    await writeFile(file, (await readFile(file, 'utf8')).replace(`id: 'toy'`, `id: '${id}'`));
  }
  // As `npm install` would: jest has no part in how the product finds `rekey/factor`.
  await mkdir(join(root, 'node_modules'));
  await symlink(product, join(root, 'node_modules/rekey'));
  return { root, folder, remove: () => rm(root, { recursive: true, force: true }) };
}
