/** `rekey factor check`: runs the contract suite on a factor's folder, wherever it is. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FactorReport } from '../admin/cli/composition.ts';
import { brokenRules, contractChecks } from '../factors/contract-suite/suite.ts';
import type { Simulator } from '../factors/kit/simulator.ts';
import { placeOfError } from '../factors/place-of-error.ts';
import { FactorFolderError, loadFactors, notLoaded, ownFactors } from '../factors/registry.ts';
import { factorPages } from './factor-pages.ts';

/** @param folder absolute path of one factor. Rejects with a FactorFolderError that lists everything that is missing */
export async function checkFactor(folder: string): Promise<FactorReport> {
  const lacking = (lack: string) => new FactorFolderError([{ folder, lack }]);
  if (!existsSync(join(folder, 'factor.ts'))) throw lacking('there is no factor.ts');
  // With ours, since names and nouns may not be taken twice.
  const registry = await loadFactors(dirname(folder) === ownFactors ? [ownFactors] : [ownFactors, folder]);
  const factor = registry.get(basename(folder));
  if (!factor) throw lacking('there is no factor.ts');
  if (!existsSync(join(folder, 'simulator.ts'))) throw lacking('simulator.ts is missing, which plays the person');
  const module = await simulatorOf(folder).catch((error: unknown) => {
    throw lacking(notLoaded(error, folder, 'simulator.ts'));
  });
  if (module.default?.createDevice === undefined || !Array.isArray(module.default.settings))
    throw lacking('simulator.ts has no default export that is a Simulator');
  const checks = contractChecks(factor, module.default, factorPages(registry, factor.id));
  const placeOf = (error: unknown) => {
    const place = placeOfError(error, folder);
    return place && `${place.file}, line ${place.line}`;
  };
  return { factor: factor.id, checks: checks.length, broken: await brokenRules(checks, { placeOf }) };
}

const simulatorOf = (folder: string): Promise<{ readonly default?: Simulator }> =>
  import(pathToFileURL(join(folder, 'simulator.ts')).href);
