/**
 * The registry of factors: every folder with a `factor.ts`. Each is checked against the contract when the product
 * starts, so that a mistake in a folder is a sentence for the operator and never a problem of a person who signs in.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Factor, FactorId } from './contract.ts';
import { lacksOfFolder, lacksOfShape } from './validate-folder.ts';

/** The factors that are part of the product. */
export const ownFactors = import.meta.dirname;

export interface Registry {
  /** In alphabetical order of their ids. */
  all(): readonly Factor[];
  get(id: FactorId): Factor | undefined;
  /** The absolute folder of a factor. Throws a RangeError for an id that is not registered. */
  folder(id: FactorId): string;
}

/** Why the product does not start: all mistakes of all folders at once. */
export class FactorFolderError extends Error {
  override readonly name = 'FactorFolderError';
  readonly lacks: readonly { readonly folder: string; readonly lack: string }[];

  constructor(lacks: FactorFolderError['lacks'], cause?: unknown) {
    super(
      ['Factors cannot be used as they are:', ...lacks.map(({ folder, lack }) => `  ${folder}: ${lack}`)].join('\n'),
      {
        cause,
      },
    );
    this.lacks = lacks;
  }
}

/**
 * @param roots absolute folders: each is one factor or has factors in its sub-folders; a folder without a `factor.ts`
 * is not a factor. Throws a FactorFolderError that names every folder with its mistakes.
 */
export async function loadFactors(roots: readonly string[]): Promise<Registry> {
  const found = new Map<FactorId, { factor: Factor; folder: string }>();
  const lacks: { folder: string; lack: string }[] = [];
  let cause: unknown;

  for (const root of roots) {
    for (const folder of factorFolders(root, lacks)) {
      const name = basename(folder);
      const own: string[] = [];
      const factor = await load(folder).catch((error: unknown) => {
        cause ??= error;
        own.push(`factor.ts cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
      });
      if (own.length === 0)
        own.push(...lacksOfShape(factor, name), ...lacksOfFolder(folder, (factor as Factor | null) ?? {}));
      const earlier = found.get(name);
      if (earlier) own.push(`there is another factor of this name in ${earlier.folder}`);
      lacks.push(...own.map((lack) => ({ folder, lack })));
      if (own.length === 0) found.set(name, { factor: freeze(factor as Factor), folder });
    }
  }
  for (const [noun, folders] of nouns(found))
    if (folders.length > 1)
      lacks.push({ folder: folders.join(', '), lack: `the same noun of the command line: ${noun}` });
  if (lacks.length > 0) throw new FactorFolderError(lacks, cause);

  const inOrder = [...found.keys()].sort().flatMap((id) => found.get(id)?.factor ?? []);
  return {
    all: () => inOrder,
    get: (id) => found.get(id)?.factor,
    folder(id) {
      const known = found.get(id);
      if (!known) throw new RangeError(`There is no factor ${id}.`);
      return known.folder;
    },
  };
}

function factorFolders(root: string, lacks: { folder: string; lack: string }[]): readonly string[] {
  try {
    const within = readdirSync(root);
    const folders = within.includes('factor.ts') ? [resolve(root)] : within.map((name) => resolve(root, name));
    return folders.filter((folder) => existsSync(join(folder, 'factor.ts')));
  } catch {
    lacks.push({ folder: root, lack: 'the folder cannot be read' });
    return [];
  }
}

async function load(folder: string): Promise<unknown> {
  const module: { readonly default?: unknown } = await import(pathToFileURL(join(folder, 'factor.ts')).href);
  return module.default;
}

function nouns(found: ReadonlyMap<FactorId, { factor: Factor; folder: string }>): ReadonlyMap<string, string[]> {
  const byNoun = new Map<string, string[]>();
  for (const { factor, folder } of found.values())
    if (factor.issue) byNoun.set(factor.issue.noun, [...(byNoun.get(factor.issue.noun) ?? []), folder]);
  return byNoun;
}

/** Freezes the record and its groups, but not the schemas, which have caches of their own. */
function freeze(factor: Factor): Factor {
  for (const group of [
    factor.states,
    factor.traits,
    factor.issue,
    factor.transfer,
    factor.usernameless,
    factor.onMailbox,
  ])
    if (group) Object.freeze(group);
  return Object.freeze(factor);
}
