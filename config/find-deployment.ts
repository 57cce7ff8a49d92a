/** The deployments that come with the product, by name. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nearest } from './did-you-mean.ts';

/** A configuration file, and its overlay. */
export interface DeploymentFiles {
  readonly file: string;
  readonly over?: string;
}

export type Found =
  { readonly ok: true; readonly files: DeploymentFiles } | { readonly ok: false; readonly says: string };

const ending = '.yaml';

/**
 * @param folder of whole deployments @param overlays a folder with an overlay of the same name for deployments that
 * cannot run on this machine unchanged
 */
export async function findDeployment(name: string, folder: string, overlays: string): Promise<Found> {
  const [names, above] = await Promise.all([namesIn(folder), namesIn(overlays)]);
  if (!names.includes(name)) {
    const meant = nearest(name, names);
    return {
      ok: false,
      says: `There is no deployment ${JSON.stringify(name)}: there are ${names.join(', ')}.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
    };
  }
  const file = join(folder, name + ending);
  return { ok: true, files: above.includes(name) ? { file, over: join(overlays, name + ending) } : { file } };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .toSorted((a, b) => a.localeCompare(b));
}
