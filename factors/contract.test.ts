/** Every factor in this folder keeps the contract. Nothing here names one: a new folder is tested by being there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { factorContract } from '../test/contracts/factor.ts';
import type { Simulator } from './kit/simulator.ts';
import { loadFactors } from './registry.ts';

const registry = await loadFactors([import.meta.dirname]);

for (const factor of registry.all()) {
  const folder = registry.folder(factor.id);
  const { default: simulator } = (await import(pathToFileURL(join(folder, 'simulator.ts')).href)) as {
    default: Simulator;
  };
  factorContract(factor, simulator, JSON.parse(readFileSync(join(folder, 'locales/en.json'), 'utf8')));
}
