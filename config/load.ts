/** Loads a file and the environment: returns settings that are complete, checked and frozen, or every mistake. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { crossChecks, remarks, type Check, type SlowCheck } from './cross-checks.ts';
import { addDemoAddresses, addDemoIssuer, addHelperPage } from './demo-addresses.ts';
import { addLevelPreset } from './levels-schema.ts';
import { checkDemoHost } from './demo-host.ts';
import {
  applyDeprecations,
  deprecations as knownDeprecations,
  type Deprecation,
  type Renamed,
} from './deprecations.ts';
import { findingsOf, inFile, type Finding, type Mistake } from './config-errors.ts';
import { leaves, memberOf, nodesOf, pathText, removeAt, setAt, valueAt, type Node, type Path } from './schema-tree.ts';
import { fileKey, isSecret, takeOutsideValues, type Environment, type Outside } from './environment.ts';
import { checkPem } from './pem-checks.ts';
import { mergeOver, placeIn, readOverlay, type Overlay } from './overlay.ts';
import { addSites } from './sites.ts';
import { settingsSchema, type FactorSettings, type Settings } from './schema.ts';
import { readYaml, type Source } from './yaml-source.ts';

export interface LoadOptions {
  readonly file: string;
  /** An overlay: see overlay.ts. */
  readonly over?: string;
  readonly env?: Environment;
  /** Schemas of the installed factors' settings; a function is told the further folders that the file names. */
  readonly factorSettings: FactorSettings | ((folders: readonly string[]) => Promise<FactorSettings>);
  /** Further checks, by code that knows more than this folder. */
  readonly checks?: readonly (Check | SlowCheck)[];
  readonly deprecations?: readonly Deprecation[];
}

export type Loaded =
  | {
      readonly ok: true;
      readonly settings: Settings;
      readonly warnings: readonly Mistake[];
      /** Where a value stands: a line of the file, or an environment variable. Never the value itself. */
      readonly placeOf: (path: Path) => string;
    }
  | { readonly ok: false; readonly mistakes: readonly Mistake[]; readonly warnings: readonly Mistake[] };

export async function loadSettings(options: LoadOptions): Promise<Loaded> {
  const files = await readFiles(options);
  return 'mistakes' in files ? { ok: false, warnings: [], ...files } : judge(await prepare(options, files), options);
}

interface Files {
  readonly path: string;
  readonly source: Source;
  readonly tree: Record<string, unknown>;
  readonly overlay: Overlay | undefined;
}

/** Both files as written, or why one of them cannot be read. */
async function readFiles({ file, over }: LoadOptions): Promise<Files | { readonly mistakes: readonly Mistake[] }> {
  const path = resolve(file);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return { mistakes: [unreadable(file)] };
  const source = readYaml(text);
  const { tree } = source;
  if (!tree) return { mistakes: source.faults.map((fault) => inFile(fault, fault.line)) };
  if (over === undefined) return { path, source, tree, overlay: undefined };
  const overlay = await readOverlay(over);
  if (overlay?.tree) return { path, source, tree, overlay };
  const faults = overlay?.faults.map((fault) => inFile(fault, undefined, `${over}, line ${fault.line}`));
  return { mistakes: faults ?? [unreadable(over)] };
}

const unreadable = (file: string): Mistake => ({ path: '', code: 'file_unreadable', says: `${file} cannot be read` });

/** One tree of both files and of values from outside them, with the schema that it must fit. */
interface Prepared extends Files {
  readonly schema: Schema;
  readonly root: Node;
  readonly renamed: Renamed;
  readonly outside: Outside;
  /** Places of secrets in the file itself. */
  readonly literal: readonly Path[];
}

async function prepare(
  { env = {}, factorSettings, deprecations = knownDeprecations }: LoadOptions,
  files: Files,
): Promise<Prepared> {
  const { path, overlay } = files;
  const folder = dirname(path);
  const renamed = applyDeprecations(files.tree, deprecations);
  const folders = [...foldersIn(files.tree, folder), ...(overlay ? foldersIn(overlay.tree, overlay.folder) : [])];
  const schema = settingsSchema(typeof factorSettings === 'function' ? await factorSettings(folders) : factorSettings);
  const root = nodesOf(schema);
  if (overlay) makePathsAbsolute(root, overlay.tree, overlay.folder);
  const tree = overlay ? (mergeOver(files.tree, overlay.tree) as Record<string, unknown>) : files.tree;
  const literal = literalSecrets(root, tree);
  const outside = await takeOutsideValues(root, tree, env, folder);
  addDemoIssuer(tree);
  addLevelPreset(tree);
  addSites(tree);
  addDemoAddresses(tree);
  addHelperPage(tree);
  makePathsAbsolute(root, tree, folder);
  return { ...files, tree, schema, root, renamed, outside, literal };
}

async function judge(prepared: Prepared, { checks = [] }: LoadOptions): Promise<Loaded> {
  const { schema, root, renamed, outside } = prepared;
  const { tree, parsed } = parseReady(schema, prepared.tree);
  const wrong = parsed.success ? [] : findingsOf(parsed.error.issues, root, tree);
  const sound = parsed.success ? parsed.data : salvaged(schema, tree);
  const settings = sound && complete(sound, tree);
  const crossed = settings ? await crossCheck(settings, checks) : [];
  const faults = [...renamed.faults, ...outside.faults, ...wrong];
  const said = faults.map(({ path }) => path).filter((path) => path.length > 0);
  const isSaid = (at: Path) => said.some((other) => other.every((step, index) => at[index] === step));
  const placed = (finding: FoundOutside): Mistake => placeOf(prepared, finding);
  const mistakes = [...faults, ...crossed.filter(({ path }) => !isSaid(path))].map(placed);
  const warnings = (await warningsOf(prepared, settings)).map(placed);
  if (mistakes.length > 0 || !parsed.success || !settings) return { ok: false, mistakes, warnings };
  return {
    ok: true,
    settings: deepFreeze(settings),
    warnings,
    placeOf: (path) => describePlace(prepared, path),
  };
}

interface ParsedTree {
  readonly tree: Record<string, unknown>;
  readonly parsed: ReturnType<Schema['safeParse']>;
}

/**
 * A factor that is off and lacks nothing but values (secrets that are not there yet) is as one that is not listed: so a
 * deployment can name it, and start before it has them.
 */
function parseReady(schema: Schema, tree: Record<string, unknown>): ParsedTree {
  const parsed = schema.safeParse(tree);
  if (parsed.success) return { tree, parsed };
  const listed = Object.keys(memberOf(tree, 'factors') ?? {});
  const unready = listed.filter((id) => {
    if (valueAt(tree, ['factors', id, 'enabled']) !== false) return false;
    const own = parsed.error.issues.filter(({ path }) => path[0] === 'factors' && path[1] === id);
    const lacks = ({ path }: { readonly path: readonly PropertyKey[] }) =>
      valueAt(
        tree,
        path.filter((step) => typeof step !== 'symbol'),
      ) === undefined;
    return own.length > 0 && own.every((issue) => issue.code === 'invalid_type' && lacks(issue));
  });
  if (unready.length === 0) return { tree, parsed };
  const rest = structuredClone(tree);
  for (const id of unready) removeAt(rest, ['factors', id]);
  return { tree: rest, parsed: schema.safeParse(rest) };
}

async function crossCheck(settings: Settings, checks: readonly (Check | SlowCheck)[]): Promise<readonly Finding[]> {
  const all = [...crossChecks, checkPem, checkDemoHost, ...checks];
  return (await Promise.all(all.map(async (check) => check(settings)))).flat();
}

async function warningsOf(
  { path, renamed, outside, literal }: Prepared,
  settings: Settings | undefined,
): Promise<readonly FoundOutside[]> {
  const open = settings?.demo.enabled === true ? undefined : await openMode(path);
  const secrets = open === undefined ? [] : literal;
  return [
    ...renamed.warnings,
    ...outside.warnings,
    ...(settings ? remarks(settings).map((remark) => ({ ...remark, code: 'remark' as const })) : []),
    ...secrets.map((at) => ({
      path: at,
      code: 'remark' as const,
      says: `is a secret in a file that others may read (mode ${open}): use ${String(at.at(-1))}File, or chmod 600`,
    })),
  ];
}

type FoundOutside = Finding & { readonly source?: string };

/** The place in the file (or the environment) that the finding belongs to. */
function placeOf({ source, tree, overlay, renamed, outside }: Prepared, finding: FoundOutside): Mistake {
  if (finding.source !== undefined) return inFile(finding, undefined, finding.source);
  const taken = outside.sources.get(pathText(finding.path));
  if (taken?.source !== undefined) return inFile(finding, undefined, taken.source);
  const from = renamed.moved.find(({ to }) => to.every((step, index) => finding.path[index] === step));
  const above = overlay && placeIn(overlay.tree, tree, finding.path);
  if (overlay && above && above.length > 0)
    return inFile(finding, undefined, `${overlay.file}, line ${overlay.lineOf(above) ?? 1}`);
  const line = source.lineOf(
    taken?.key ?? (from ? [...from.from, ...finding.path.slice(from.to.length)] : finding.path),
  );
  return inFile(finding, line);
}

function describePlace(prepared: Prepared, path: Path): string {
  const { key, source } = prepared.outside.sources.get(pathText(path)) ?? {};
  if (source !== undefined) return source;
  const { line, source: other } = placeOf(prepared, { path: key ?? path, says: '' });
  const where = other ?? (line === undefined ? [] : [`line ${line}`]);
  return [pathText(key ?? path), ...[where].flat()].join(', ');
}

function foldersIn(tree: unknown, folder: string): readonly string[] {
  const named = memberOf(tree, 'factorFolders');
  return Array.isArray(named) ? named.filter((one) => typeof one === 'string').map((one) => resolve(folder, one)) : [];
}

function literalSecrets(root: Node, tree: unknown): readonly Path[] {
  return leaves(root, tree)
    .filter(({ node, path }) => node.secret === true && valueAt(tree, path) !== undefined)
    .map(({ path }) => path);
}

/** The mode of a file that others than its owner may read. */
async function openMode(file: string): Promise<string | undefined> {
  const { mode } = await stat(file);
  return (mode & 0o077) === 0 || process.platform === 'win32' ? undefined : (mode & 0o777).toString(8);
}

function makePathsAbsolute(root: Node, tree: unknown, folder: string): void {
  const absolute = (value: unknown) => (typeof value === 'string' ? resolve(folder, value) : value);
  for (const { path, node } of leaves(root, tree)) {
    const value = valueAt(tree, path);
    const file = isSecret(node) ? valueAt(tree, fileKey(path)) : undefined;
    if (file !== undefined) setAt(tree, fileKey(path), absolute(file));
    if (node.path === true) {
      if (value !== undefined) setAt(tree, path, absolute(value));
    } else if (node.items?.path === true && Array.isArray(value))
      setAt(
        tree,
        path,
        value.map((item) => absolute(item)),
      );
  }
}

type Schema = ReturnType<typeof settingsSchema>;
type Parsed = ReturnType<Schema['parse']>;

const rounds = 8;

/** The valid part of the configuration, so that it can be checked all the same; `undefined` if too little is left. */
function salvaged(schema: Schema, tree: unknown): Parsed | undefined {
  const rest: unknown = structuredClone(tree);
  for (let round = 0; round < rounds; round += 1) {
    const parsed = schema.safeParse(rest);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues.toReversed()) {
      const path = issue.path.filter((step) => typeof step !== 'symbol');
      if (issue.code === 'unrecognized_keys') for (const key of issue.keys) removeAt(rest, [...path, key]);
      else if (path.length === 1 && path[0] === 'issuer') setAt(rest, path, 'http://localhost');
      else if (path.length === 1 && (path[0] === 'name' || path[0] === 'state')) setAt(rest, path, 'x');
      else if (path.length === 1 && path[0] === 'mail') setAt(rest, path, { outbox: true });
      // Items keep their index, since later findings use it.
      else if (path[0] === 'clients' && path.length === 3 && path[2] === 'id')
        setAt(rest, path, `unknown-${String(path[1])}`);
      else if (path[0] === 'clients' && path.length === 3 && path[2] === 'redirectUris')
        setAt(rest, path, ['https://unknown.invalid/']);
      else if (!removeAt(rest, path)) removeAt(rest, path.slice(0, -1));
    }
  }
  return undefined;
}

/** In the order of the file, in which people see them; with the defaults that depend on other values. */
function complete(parsed: Parsed, tree: unknown): Settings {
  const order = Object.keys(memberOf(tree, 'factors') ?? {});
  const configured = Object.entries(parsed.factors).filter(([, factor]) => factor !== undefined);
  const factors = Object.fromEntries(configured.toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
  const { mongodb, embedded } = parsed.storage;
  const file = embedded?.file ?? join(parsed.state, 'rekey.db');
  return { ...parsed, factors, storage: mongodb ? { mongodb } : { embedded: { file } } } as Settings;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
