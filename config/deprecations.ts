/**
 * Renamed keys of the configuration. The old name still works for a while, and is reported in the log at every start.
 */
import type { Finding } from './config-errors.ts';
import { pathText, removeAt, setAt, valueAt, type Path } from './schema-tree.ts';

export interface Deprecation {
  /** Dotted; `*` stands for any one key or list item, and for the same one in `now`. */
  readonly old: string;
  readonly now: string;
  /** Version in which it was renamed. */
  readonly since: string;
  /** Converts the old value, if the new one differs. */
  readonly map?: (value: unknown) => unknown;
}

/** No key has been renamed yet. A row is removed at the earliest two minor versions later. */
export const deprecations: readonly Deprecation[] = [];

export interface Renamed {
  readonly warnings: readonly Finding[];
  readonly faults: readonly Finding[];
  /** The new place of a value, and its place in the file. */
  readonly moved: readonly { readonly to: Path; readonly from: Path }[];
}

/** Moves the values of `tree` from old places to new ones. */
export function applyDeprecations(tree: unknown, rows: readonly Deprecation[]): Renamed {
  const warnings: Finding[] = [];
  const faults: Finding[] = [];
  const moved: { to: Path; from: Path }[] = [];
  for (const { old, now, since, map = (value: unknown) => value } of rows) {
    for (const { path: from, stars } of matches(tree, old.split('.'))) {
      const left = [...stars];
      const to = now.split('.').map((step) => (step === '*' ? (left.shift() ?? step) : step));
      const value = valueAt(tree, from);
      if (valueAt(tree, to) !== undefined) {
        faults.push({
          path: from,
          code: 'key_twice',
          says: `is the old name of ${pathText(to)}, which is given too: keep only that`,
        });
        removeAt(tree, from);
        continue;
      }
      warnings.push({
        path: from,
        code: 'key_deprecated',
        says: `is called ${pathText(to)} since ${since}; the old name will go`,
      });
      removeAt(tree, from);
      setAt(tree, to, map(value));
      moved.push({ to, from });
    }
  }
  return { warnings, faults, moved };
}

interface Match {
  readonly path: Path;
  readonly stars: readonly (string | number)[];
}

function matches(tree: unknown, pattern: readonly string[]): readonly Match[] {
  let found: readonly Match[] = [{ path: [], stars: [] }];
  for (const step of pattern) {
    found = found.flatMap(({ path, stars }) => {
      const at = valueAt(tree, path);
      if (typeof at !== 'object' || at === null) return [];
      if (step !== '*') return Object.hasOwn(at, step) ? [{ path: [...path, step], stars }] : [];
      const keys = Array.isArray(at) ? [...at.keys()] : Object.keys(at);
      return keys.map((key) => ({ path: [...path, key], stars: [...stars, key] }));
    });
  }
  return found;
}
