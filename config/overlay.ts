/**
 * A second file whose values have priority over the first one's: the demo runs a real deployment on one machine in this
 * way, without changing its file.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Finding } from './config-errors.ts';
import { memberOf, valueAt, type Path } from './schema-tree.ts';
import { readYaml, type Source } from './yaml-source.ts';

export interface Overlay {
  readonly file: string;
  readonly folder: string;
  readonly tree: unknown;
  readonly faults: readonly (Finding & { readonly line: number })[];
  readonly lineOf: Source['lineOf'];
}

/** `undefined`: it cannot be read. */
export async function readOverlay(file: string): Promise<Overlay | undefined> {
  const path = resolve(file);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { tree, faults, lineOf } = readYaml(text);
  return { file, folder: dirname(path), tree, faults, lineOf };
}

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const idOf = (value: unknown): unknown => memberOf(value, 'id');
const isListOfNamed = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.every((item) => typeof idOf(item) === 'string');

/**
 * Merges `over` into `base`: keys are merged, and so are list items with the same `id`; `null` removes a key; any other
 * value of `over` replaces the old one. Keys keep the order of `base`; new ones follow.
 */
export function mergeOver(base: unknown, over: unknown): unknown {
  if (isListOfNamed(base) && isListOfNamed(over)) {
    const same = (item: unknown) => over.find((other) => idOf(other) === idOf(item));
    const added = over.filter((item) => !base.some((other) => idOf(other) === idOf(item)));
    return [...base.map((item) => (same(item) === undefined ? item : mergeOver(item, same(item)))), ...added];
  }
  if (!isMembers(over)) return over;
  const start = isMembers(base) ? base : {};
  const names = [...new Set([...Object.keys(start), ...Object.keys(over)])];
  return Object.fromEntries(
    names.flatMap((name): readonly (readonly [string, unknown])[] => {
      if (!Object.hasOwn(over, name)) return [[name, start[name]]];
      return over[name] === null ? [] : [[name, mergeOver(start[name], over[name])]];
    }),
  );
}

/**
 * The place in the overlay that gives the value at `path` of the merged tree; `undefined` if the first file gives it.
 */
export function placeIn(over: unknown, merged: unknown, path: Path): Path | undefined {
  const place: (string | number)[] = [];
  for (const [depth, step] of path.entries()) {
    const here = valueAt(over, place);
    let own: string | number = step;
    if (typeof step === 'number' && isListOfNamed(here)) {
      const id = idOf(valueAt(merged, path.slice(0, depth + 1)));
      own = here.findIndex((item) => idOf(item) === id);
    }
    if (memberOf(here, own) === undefined) return undefined;
    place.push(own);
  }
  return place;
}
