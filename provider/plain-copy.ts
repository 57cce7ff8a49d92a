/**
 * Copies a JSON value, because the engine changes the objects that it gets. Several times as fast as `structuredClone`.
 */
export function plainCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => plainCopy(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy = { ...value } as Record<string, unknown>;
  for (const name of Object.keys(copy)) {
    const member = copy[name];
    if (typeof member === 'object') copy[name] = plainCopy(member);
  }
  return copy as T;
}
