/** What a demo adds to the public files of the provider: the part of the Web eID extension, since there is no reader. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../config/schema.ts';
import { factorScript } from '../../views/assets.ts';

/** The factor that reads cards. */
export const cardFactor = 'eid-card';
export const readerPath = '/card-reader';

/** Text that is added to a public file, by the file's name; none outside of a demo with cards. */
export function scriptsOfDemo({ demo, factors }: Pick<Settings, 'demo' | 'factors'>): ReadonlyMap<string, string> {
  if (!demo.enabled || factors[cardFactor]?.enabled !== true) return new Map();
  const text = readFileSync(join(import.meta.dirname, 'extension.js'), 'utf8');
  const address = `http://localhost:${demo.helperPort}${readerPath}`;
  return new Map([[factorScript(cardFactor), text.replace('{readerAddress}', address)]]);
}
