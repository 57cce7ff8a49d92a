/**
 * The registry of factors: every folder with a `factor.ts`. Each is checked against the contract when the product
 * starts, so that a mistake in a folder is a sentence for the operator and never a problem of a person who signs in.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Factor, FactorId } from './contract.ts';
import { placeOfError } from './place-of-error.ts';
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
        own.push(notLoaded(error, folder));
      });
      if (own.length === 0)
        own.push(...lacksOfShape(factor, name), ...lacksOfFolder(folder, (factor as Factor | null) ?? undefined));
      const earlier = found.get(name);
      if (earlier) own.push(`there is another factor of this name in ${earlier.folder}`);
      lacks.push(...own.map((lack) => ({ folder, lack })));
      if (own.length === 0) found.set(name, { factor: freeze(factor as Factor), folder });
    }
  }
  for (const [noun, [first, ...others]] of nouns(found))
    for (const folder of others)
      lacks.push({ folder, lack: `factor.ts: issue: noun: ${noun} is the noun of the factor in ${first} already` });
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
    const factors = folders.filter((folder) => existsSync(join(folder, 'factor.ts')));
    if (factors.length === 0)
      lacks.push({ folder: root, lack: 'there is no factor.ts, neither in this folder nor in one directly below it' });
    return factors;
  } catch {
    lacks.push({ folder: root, lack: 'the folder cannot be read' });
    return [];
  }
}

/** A sentence for the author of the factor. */
export function notLoaded(error: unknown, folder: string, file = 'factor.ts'): string {
  const says = error instanceof Error ? error.message : String(error);
  const place = placeOfError(error, folder);
  return place
    ? `${place.file} cannot be loaded: ${says} (line ${place.line})`
    : `${file}, or a file that it imports, cannot be loaded: ${says}`;
}

async function load(folder: string): Promise<unknown> {
  const module: { readonly default?: unknown } = await import(pathToFileURL(join(folder, 'factor.ts')).href);
  return module.default;
}

function nouns(
  found: ReadonlyMap<FactorId, { factor: Factor; folder: string }>,
): ReadonlyMap<string, readonly string[]> {
  const issuing = [...found.values()].filter(({ factor }) => factor.issue !== undefined);
  const byNoun = Map.groupBy(issuing, ({ factor }) => factor.issue?.noun ?? '');
  return new Map([...byNoun].map(([noun, factors]) => [noun, factors.map(({ folder }) => folder)]));
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
