/**
 * Values that do not stand in the file itself: in a file of their own (`passwordFile: /run/secrets/smtp`), or in the environment
 * (`REKEY_MAIL_SMTP_PASSWORD`, `REKEY_MAIL_SMTP_PASSWORD_FILE`). The environment wins over the file.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { nearest } from './did-you-mean.ts';
import type { Finding } from './config-errors.ts';
import {
  leaves,
  memberOf,
  pathText,
  removeAt,
  setAt,
  valueAt,
  type Leaf,
  type Node,
  type Path,
} from './schema-tree.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Outside {
  readonly faults: readonly (Finding & { readonly source?: string })[];
  readonly warnings: readonly (Finding & { readonly source?: string })[];
  /** What was taken from elsewhere, by the text of its path. */
  readonly sources: ReadonlyMap<string, { readonly source?: string; readonly key?: Path }>;
}

/** Variables that are read elsewhere: they are no keys of the configuration. */
const otherVariables: readonly string[] = ['REKEY_CONFIG'];
const longestValue = 65_536;

/** Changes `tree`. @param folder of the configuration file, from which relative paths start */
export async function takeOutsideValues(root: Node, tree: unknown, env: Environment, folder: string): Promise<Outside> {
  const faults: (Finding & { source?: string })[] = [];
  const sources = new Map<string, { source?: string; key?: Path }>();

  const all = leaves(root, tree);
  for (const { path, node } of all) {
    if (node.secret !== true && node.fromFile !== true) continue;
    const key = fileKey(path);
    const file = valueAt(tree, key);
    if (file === undefined) continue;
    const given = valueAt(tree, path) !== undefined;
    removeAt(tree, key);
    if (given) faults.push({ path: key, says: `is given beside ${pathText(path)}: keep one of them` });
    if (given) continue;
    const value = typeof file === 'string' ? await readValue(resolve(folder, file)) : undefined;
    if (value === undefined) faults.push({ path: key, says: 'expected the path of a file that can be read' });
    sources.set(pathText(path), { key });
    setAt(tree, path, value ?? placeholder);
  }

  const byName = new Map(all.flatMap((leaf) => namesOf(leaf, tree).map((name) => [name, leaf] as const)));
  for (const [name, leaf] of byName) {
    const isFile = name.endsWith('_FILE') && isSecret(leaf.node);
    const written = env[name];
    if (written === undefined) continue;
    const source = `environment variable ${name}`;
    if (isFile && env[name.slice(0, -'_FILE'.length)] !== undefined) {
      faults.push({ path: leaf.path, source, says: 'is given beside the variable without _FILE: keep one of them' });
      continue;
    }
    const value = isFile ? await readValue(resolve(written)) : written;
    if (value === undefined)
      faults.push({ path: leaf.path, source, says: 'expected the path of a file that can be read' });
    sources.set(pathText(leaf.path), { source });
    const sane = setAt(tree, leaf.path, value === undefined ? placeholder : typed(value, leaf.node));
    if (!sane) faults.push({ path: leaf.path, source, says: 'has no place: the section around it is not a section' });
  }
  return { faults, warnings: unknownVariables(env, [...byName.keys()]), sources };
}

async function readValue(file: string): Promise<string | undefined> {
  try {
    const content = await readFile(file, 'utf8');
    return content.length > longestValue ? undefined : content.replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}

/** Stands for a value that could not be read, so that nothing else is said about it. */
const placeholder = 'unreadable-'.repeat(6);

const isSecret = (node: Node): boolean => node.secret === true || node.fromFile === true;

function fileKey(path: Path): Path {
  return [...path.slice(0, -1), `${String(path.at(-1))}File`];
}

const shout = (word: string): string =>
  word
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();

/** The variable of a key: `listen.port` is REKEY_LISTEN_PORT; an item of a list goes by its id. */
export function variableOf(path: Path, tree: unknown): string {
  const words = path.map((step, index) => {
    if (typeof step === 'string') return step;
    const id = memberOf(valueAt(tree, path.slice(0, index + 1)), 'id');
    return typeof id === 'string' ? id : String(step);
  });
  return ['rekey', ...words].map(shout).join('_');
}

function namesOf({ path, node }: Leaf, tree: unknown): readonly string[] {
  if (node.type === 'array') return [];
  const name = variableOf(path, tree);
  return isSecret(node) ? [name, `${name}_FILE`] : [name];
}

/** A variable is text: what it stands for is decided by what is expected. */
function typed(written: string, node: Node): unknown {
  const kinds = new Set([node, ...(node.anyOf ?? [])].map(({ type }) => type));
  const text = written.trim();
  if ((kinds.has('integer') || kinds.has('number')) && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (kinds.has('boolean') && /^(true|false)$/.test(text)) return text === 'true';
  return node.path === true ? resolve(written) : written;
}

/** Not a mistake: some platforms set variables of their own that begin with the name of a service. */
function unknownVariables(
  env: Environment,
  known: readonly string[],
): readonly (Finding & { readonly source: string })[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('REKEY_') && !known.includes(name) && !otherVariables.includes(name))
    .map((name) => ({
      path: [],
      source: `environment variable ${name}`,
      says: 'is not known and was not used',
      meant: nearest(name, known),
    }));
}
