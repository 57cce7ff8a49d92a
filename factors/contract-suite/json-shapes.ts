/** Plain JSON taken apart, for rules that break it piece by piece. */

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

/** Every text at any depth. */
export function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap((inner) => stringsIn(inner)) : [];
}

/** A copy in which members of these names are gone, at any depth. */
export function without(value: unknown, names: readonly string[] = []): unknown {
  return JSON.parse(JSON.stringify(value, (name, inner: unknown) => (names.includes(name) ? undefined : inner)));
}

const foreign: readonly unknown[] = [undefined, null, true, -1, 0.5, 1e300, '', 'x', [], {}, ['x']];

/** A copy of a state, and what was done to it: `spent.0 is null`. */
export interface BrokenCopy {
  readonly state: unknown;
  readonly change: string;
}

/** As `brokenCopies`, each with its change in words. */
export function describedCopies(state: unknown): readonly BrokenCopy[] {
  return brokenCopies(state).map((broken) => ({ state: broken, change: changeOf(state, broken, '') }));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function changeOf(before: unknown, after: unknown, path: string): string {
  if (isRecord(before) && isRecord(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (JSON.stringify(before[key]) === JSON.stringify(after[key])) continue;
      const inner = path === '' ? key : `${path}.${key}`;
      if (!Object.hasOwn(after, key)) return `${inner} is missing`;
      return Object.hasOwn(before, key) ? changeOf(before[key], after[key], inner) : `there is a further ${inner}`;
    }
  }
  const written = JSON.stringify(after) ?? 'undefined';
  return `${path || 'the whole'} is ${written.length > 40 ? 'another' : written}`;
}

/** Copies of `state`, each with one part missing, of another kind, or too much. */
export function brokenCopies(state: unknown): readonly unknown[] {
  const whole = foreign.filter((value) => JSON.stringify(value) !== JSON.stringify(state));
  return [...whole, ...brokenParts(state)];
}

function brokenParts(value: unknown): readonly unknown[] {
  if (Array.isArray(value))
    return value.flatMap((inner, at) => replacements(inner).map((other) => value.with(at, other)));
  if (typeof value !== 'object' || value === null) return [];
  const record = value as Readonly<Record<string, unknown>>;
  return [
    { ...record, 'no such field': 1 },
    ...Object.entries(record).flatMap(([key, inner]) => [
      Object.fromEntries(Object.entries(record).filter(([other]) => other !== key)),
      ...replacements(inner).map((other) => ({ ...record, [key]: other })),
    ]),
  ];
}

const replacements = (inner: unknown): readonly unknown[] => [
  ...foreign.filter((value) => typeof value !== typeof inner || Array.isArray(value) !== Array.isArray(inner)),
  ...(typeof inner === 'string' ? ['', 'x', `${inner}\u0000`, inner.repeat(500)] : []),
  ...(typeof inner === 'number' ? [-1, 0.5, 1e300] : []),
  ...brokenParts(inner),
];
