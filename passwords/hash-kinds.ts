/** Kinds of password hashes that can be checked, each told by its beginning; a further kind is a further record here. `argon2.ts` is the one that is made. */

export interface HashKind {
  /** What of a hash says how long checking it takes: kind and parameters. `undefined`: it is of another kind. */
  costClass(hash: string): string | undefined;
  verify(hash: string, secret: string): Promise<boolean>;
  /** Does once the work of checking a hash of this class, to see how long it takes. */
  rehearse(costClass: string): Promise<unknown>;
}

/** `undefined`: none of these kinds. */
export function kindOf(kinds: readonly HashKind[], hash: string): HashKind | undefined {
  return kinds.find((kind) => kind.costClass(hash) !== undefined);
}
