/**
 * Values from outside the file: from another file (`passwordFile: /run/secrets/smtp`), or from the environment
 * (`REKEY_MAIL_SMTP_PASSWORD`, `REKEY_MAIL_SMTP_PASSWORD_FILE`). The environment has priority over the file.
 */
import { resolve } from 'node:path';
import { nearest } from './did-you-mean.ts';
import type { Finding } from './config-errors.ts';
import { readText, type FileText } from './text-file.ts';
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
  /** The source of each such value, by the text of its path. */
  readonly sources: ReadonlyMap<string, { readonly source?: string; readonly key?: Path }>;
}

/** Variables of other parts of the product, which are no keys of the configuration. */
const otherVariables: readonly string[] = ['REKEY_CONFIG'];

type Fault = Finding & { readonly source?: string };
interface Taken {
  readonly faults: Fault[];
  readonly sources: Map<string, { readonly source?: string; readonly key?: Path }>;
}

/** Changes `tree`. @param folder of the configuration file, the base of relative paths */
export async function takeOutsideValues(root: Node, tree: unknown, env: Environment, folder: string): Promise<Outside> {
  const taken: Taken = { faults: [], sources: new Map() };
  const all = leaves(root, tree);
  for (const leaf of all) await takeFile(leaf, tree, folder, taken);
  const byName = new Map<string, Leaf[]>();
  for (const leaf of all) for (const name of namesOf(leaf, tree)) byName.set(name, [...(byName.get(name) ?? []), leaf]);
  for (const [name, named] of byName) await takeVariable(name, named, tree, env, taken);
  return { ...taken, warnings: unknownVariables(env, [...byName.keys()]) };
}

/** `passwordFile` gives the value of `password`. */
async function takeFile(
  { path, node }: Leaf,
  tree: unknown,
  folder: string,
  { faults, sources }: Taken,
): Promise<void> {
  if (!isSecret(node)) return;
  const key = fileKey(path);
  const file = valueAt(tree, key);
  if (file === undefined) return;
  const given = valueAt(tree, path) !== undefined;
  removeAt(tree, key);
  if (given) {
    faults.push({ path: key, code: 'key_twice', says: `is given beside ${pathText(path)}: keep one of them` });
    return;
  }
  const read = typeof file === 'string' ? await readText(resolve(folder, file)) : noPath;
  if (!read.ok) faults.push({ path: key, code: read.code, says: read.says });
  sources.set(pathText(path), { key });
  setAt(tree, path, read.ok ? read.text : placeholder);
}

/** @param named the values that this variable stands for: one, or it is a mistake */
async function takeVariable(
  name: string,
  named: readonly Leaf[],
  tree: unknown,
  env: Environment,
  { faults, sources }: Taken,
): Promise<void> {
  const [leaf] = named;
  const written = env[name];
  if (written === undefined || leaf === undefined) return;
  const { path, node } = leaf;
  const source = `environment variable ${name}`;
  const refuse = (code: NonNullable<Fault['code']>, says: string) => faults.push({ path, source, code, says });
  if (named.length > 1) {
    const places = named.map((one) => pathText(one.path)).join(' and ');
    refuse(
      'variable_shared',
      `stands for ${places}: their ids differ in signs alone, so give these values in the file`,
    );
    for (const one of named) if (valueAt(tree, one.path) === undefined) setAt(tree, one.path, placeholder);
    return;
  }
  const isFile = name.endsWith('_FILE') && isSecret(node);
  if (isFile && env[name.slice(0, -'_FILE'.length)] !== undefined) {
    refuse('key_twice', 'is given beside the variable without _FILE: keep one of them');
    return;
  }
  const value: FileText = isFile ? await readText(resolve(written)) : { ok: true, text: written };
  if (!value.ok) refuse(value.code, value.says);
  sources.set(pathText(path), { source });
  const hasPlace = setAt(tree, path, value.ok ? typed(value.text, node) : placeholder);
  if (!hasPlace) refuse('value_wrong', 'has no place: the section around it is not a section');
}

const noPath: FileText = {
  ok: false,
  code: 'file_unreadable',
  says: 'expected the path of a file that can be read',
};

/** Replaces a value that could not be read, so that only one mistake is reported. */
const placeholder = 'unreadable-'.repeat(6);

/** Whether its value may come from a file. */
export const isSecret = (node: Node): boolean => node.secret === true || node.fromFile === true;

/** Beside the key `password`: `passwordFile`. */
export function fileKey(path: Path): Path {
  return [...path.slice(0, -1), `${String(path.at(-1))}File`];
}

const shout = (word: string): string =>
  word
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();

/** The variable of a key: `listen.port` is REKEY_LISTEN_PORT; an item of a list is named by its id. */
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

/** A variable is text: the expected type decides how it is read. */
function typed(written: string, node: Node): unknown {
  const kinds = new Set([node, ...(node.anyOf ?? [])].map(({ type }) => type));
  const text = written.trim();
  if ((kinds.has('integer') || kinds.has('number')) && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (kinds.has('boolean') && /^(true|false)$/.test(text)) return text === 'true';
  return node.path === true ? resolve(written) : written;
}

/** Only a warning: some platforms set variables that begin with the name of a service. */
function unknownVariables(
  env: Environment,
  known: readonly string[],
): readonly (Finding & { readonly source: string })[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('REKEY_') && !known.includes(name) && !otherVariables.includes(name))
    .map((name) => ({
      path: [],
      code: 'variable_unknown',
      source: `environment variable ${name}`,
      says: 'is not known and was not used',
      meant: nearest(name, known),
    }));
}
