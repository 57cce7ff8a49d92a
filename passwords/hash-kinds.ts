/**
 * Types of password hashes that can be checked, each recognised by its beginning; add a record for a new type. New
 * hashes are made by `argon2.ts`.
 */

export interface HashKind {
  /** The part of a hash that determines the time of a check: type and parameters. `undefined`: another type. */
  costClass(hash: string): string | undefined;
  verify(hash: string, secret: string): Promise<boolean>;
  /** Does the work of checking a hash of this class once, to measure its time. */
  rehearse(costClass: string): Promise<unknown>;
}

/** `undefined`: none of these types. */
export function kindOf(kinds: readonly HashKind[], hash: string): HashKind | undefined {
  return kinds.find((kind) => kind.costClass(hash) !== undefined);
}
