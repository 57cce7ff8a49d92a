/**
 * The schema as a plain tree (JSON Schema): what is permitted at a path, what is expected there, and where secrets are.
 */
import { z, type ZodType } from 'zod';

export type Path = readonly (string | number)[];

export interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly expects?: string;
  readonly among?: 'zones';
  readonly secret?: boolean;
  readonly fromFile?: boolean;
  readonly path?: boolean;
}

export const nodesOf = (schema: ZodType): Node =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as unknown as Node;

export function nodeAt(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) {
    if (typeof step === 'number') node = node?.items;
    else if (node?.properties && Object.hasOwn(node.properties, step)) node = node.properties[step];
    else node = typeof node?.additionalProperties === 'object' ? node.additionalProperties : undefined;
  }
  return node;
}

/** The expected value, as the end of "expected …". */
export function expectation(node: Node | undefined): string {
  if (!node) return 'something else';
  if (node.expects !== undefined) return node.expects;
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return node.enum.length === 1 ? String(node.enum[0]) : `one of ${node.enum.join(', ')}`;
  if (node.anyOf) return node.anyOf.map((one) => expectation(one)).join(', or ');
  switch (node.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${range(node)}`;
    case 'number':
      return `a number${range(node)}`;
    case 'array':
      return `a list${node.minItems === 1 ? ' that is not empty' : ''}, each ${expectation(node.items)}`;
    case 'object':
      return node.properties ? `keys ${Object.keys(node.properties).join(', ')}` : 'keys and values';
    case 'string':
      return 'a text';
    case undefined:
    default:
      return 'another value';
  }
}

function range({ minimum, exclusiveMinimum, maximum }: Node): string {
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const parts = [
    exclusiveMinimum === undefined ? undefined : `above ${exclusiveMinimum}`,
    least === undefined ? undefined : most === undefined ? `from ${least} on` : `from ${least}`,
    most === undefined ? undefined : `${least === undefined ? 'up ' : ''}to ${most}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : `, ${parts.join(' ')}`;
}

export interface Leaf {
  readonly path: Path;
  readonly node: Node;
}

/** All single values that are possible in `tree`; for lists of things with an `id`, those of the existing items. */
export function leaves(node: Node, tree: unknown, path: Path = []): readonly Leaf[] {
  if (node.properties) {
    return Object.entries(node.properties).flatMap(([key, inner]) =>
      leaves(inner, memberOf(tree, key), [...path, key]),
    );
  }
  if (node.items?.properties?.['id'] && Array.isArray(tree)) {
    const { items } = node;
    return tree.flatMap((item, index) => leaves(items, item, [...path, index]));
  }
  if (node.type === 'object') return [];
  return node.type === 'array' ? (node.items?.path === true ? [{ path, node }] : []) : [{ path, node }];
}

export function memberOf(tree: unknown, key: string | number): unknown {
  return typeof tree === 'object' && tree !== null && Object.hasOwn(tree, key)
    ? (tree as Record<string | number, unknown>)[key]
    : undefined;
}

export function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => memberOf(value, step), tree);
}

/** Changes `tree`; creates sections on the way. False if something else than a section is in the way. */
export function setAt(tree: unknown, path: Path, value: unknown): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  let at = tree as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) {
    if (memberOf(at, step) === undefined || memberOf(at, step) === null) at[step] = {};
    const next = memberOf(at, step);
    if (typeof next !== 'object' || next === null) return false;
    at = next as Record<string | number, unknown>;
  }
  Object.defineProperty(at, last, { value, configurable: true, enumerable: true, writable: true });
  return true;
}

/** Changes `tree`. Returns whether there was a value. */
export function removeAt(tree: unknown, path: Path): boolean {
  const last = path.at(-1);
  const parent = valueAt(tree, path.slice(0, -1));
  if (last === undefined || typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, last)) return false;
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete (parent as Record<string, unknown>)[last];
  return true;
}

export function pathText(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
