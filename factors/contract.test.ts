/**
 * Checks every factor in this folder against the contract. No factor is named here: a new folder is tested
 * automatically.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { factorContract } from '../test/contracts/factor.ts';
import { factorPages } from '../app/factor-pages.ts';
import type { Simulator } from './kit/simulator.ts';
import { loadFactors } from './registry.ts';

const registry = await loadFactors([import.meta.dirname]);

for (const factor of registry.all()) {
  const address = pathToFileURL(join(registry.folder(factor.id), 'simulator.ts')).href;
  const { default: simulator } = (await import(address)) as { default: Simulator };
  factorContract(factor, simulator, factorPages(registry, factor.id));
}
