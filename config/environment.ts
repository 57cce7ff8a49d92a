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

/** Changes `tree`. @param folder of the configuration file, the base of relative paths */
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
    if (given)
      faults.push({ path: key, code: 'key_twice', says: `is given beside ${pathText(path)}: keep one of them` });
    if (given) continue;
    const read = typeof file === 'string' ? await readText(resolve(folder, file)) : noPath;
    if (!read.ok) faults.push({ path: key, code: read.code, says: read.says });
    sources.set(pathText(path), { key });
    setAt(tree, path, read.ok ? read.text : placeholder);
  }

  const byName = new Map<string, Leaf[]>();
  for (const leaf of all) for (const name of namesOf(leaf, tree)) byName.set(name, [...(byName.get(name) ?? []), leaf]);
  for (const [name, [leaf, ...others]] of byName) {
    const written = env[name];
    if (written === undefined || leaf === undefined) continue;
    const isFile = name.endsWith('_FILE') && isSecret(leaf.node);
    const source = `environment variable ${name}`;
    if (others.length > 0) {
      const places = [leaf, ...others].map(({ path }) => pathText(path)).join(' and ');
      faults.push({
        path: leaf.path,
        source,
        code: 'variable_shared',
        says: `stands for ${places}: their ids differ in signs alone, so give these values in the file`,
      });
      for (const { path } of [leaf, ...others]) if (valueAt(tree, path) === undefined) setAt(tree, path, placeholder);
      continue;
    }
    if (isFile && env[name.slice(0, -'_FILE'.length)] !== undefined) {
      faults.push({
        path: leaf.path,
        source,
        code: 'key_twice',
        says: 'is given beside the variable without _FILE: keep one of them',
      });
      continue;
    }
    const value: FileText = isFile ? await readText(resolve(written)) : { ok: true, text: written };
    if (!value.ok) faults.push({ path: leaf.path, source, code: value.code, says: value.says });
    sources.set(pathText(leaf.path), { source });
    const sane = setAt(tree, leaf.path, value.ok ? typed(value.text, leaf.node) : placeholder);
    if (!sane)
      faults.push({
        path: leaf.path,
        source,
        code: 'value_wrong',
        says: 'has no place: the section around it is not a section',
      });
  }
  return { faults, warnings: unknownVariables(env, [...byName.keys()]), sources };
}

const noPath: FileText = {
  ok: false,
  code: 'file_unreadable',
  says: 'expected the path of a file that can be read',
};

/** Replaces a value that could not be read, so that only one mistake is reported. */
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
