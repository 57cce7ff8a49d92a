/** The samples that a factor brings of its own pages: `views/samples.json` in its folder. It may bring none. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Models } from '../models.ts';
import { proveCard, wizard, type Sample } from './parts.ts';

/** Members that replace those of a plain page: `shows`, `detail`, `stage`, `scripted`, `notice` … */
type Written = { readonly name: string; readonly page: 'prove-key' | 'activate-key' } & Readonly<
  Record<string, unknown>
>;

/** @param folders factor id → its folder. Throws, with the file, where one cannot be read. */
export const samplesOfFactors = (folders: Readonly<Record<string, string>>): readonly Sample[] =>
  Object.entries(folders).flatMap(([factor, folder]) => {
    const file = join(folder, 'views/samples.json');
    return existsSync(file) ? read(file).map((written) => sampleOf(factor, written)) : [];
  });

function read(file: string): readonly Written[] {
  let list: unknown;
  try {
    list = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (Array.isArray(list) && list.every(isWritten)) return list;
  throw new Error(`${file} must be a list of { "name", "page": "prove-key" or "activate-key", "shows": { … } }`);
}

function isWritten(one: unknown): one is Written {
  const { name, page, shows } = (one ?? {}) as Partial<Record<'name' | 'page' | 'shows', unknown>>;
  const isNamed = typeof name === 'string' && /^[a-z][a-z0-9-]*$/.test(name);
  return isNamed && (page === 'prove-key' || page === 'activate-key') && typeof shows === 'object' && shows !== null;
}

function sampleOf(factor: string, { name, page, ...more }: Written): Sample {
  if (page === 'prove-key') return { name, page, model: (l) => ({ ...proveCard(l), factor, detail: '', ...more }) };
  const model: Extract<Sample, { page: 'activate-key' }>['model'] = (l) =>
    ({ ...wizard(l, 'activate-key', 3), factor, mayResend: false, ...more }) as unknown as Models['activate-key'];
  return { name, page, model };
}
