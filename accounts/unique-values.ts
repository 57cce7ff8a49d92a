/**
 * Keeps values unique: a small document has the value as its id and its account in its body. If that account does not
 * have the value, the document is void and another account can take it; so a crash between the two writes blocks
 * nobody.
 */
import type { Collection, CollectionSpec, Storage, Version } from '../adapters/storage/port.ts';

interface Claim {
  readonly person: string;
}

export type ClaimKind = 'username' | 'device';

export interface Claims {
  holder(kind: ClaimKind, value: string): Promise<string | undefined>;
  /** Takes the value for `person`, unless another account has it, which `holds` checks for the present owner. */
  take(
    kind: ClaimKind,
    value: string,
    person: string,
    holds: (holder: string) => Promise<boolean>,
  ): Promise<Taken | undefined>;
  /** Gives it up, where it is `person`'s. */
  release(kind: ClaimKind, value: string, person: string): Promise<void>;
}

export interface Taken {
  /**
   * Call it after writing the account. False: the document looked void until then, and another account has taken it.
   */
  keep(): Promise<boolean>;
}

/**
 * One spelling for names that look and are typed alike: removes surrounding white space and joiners, folds
 * compatibility forms (NFKC) and case.
 */
export function foldName(name: string): string {
  return name
    .replaceAll(/[\u200c\u200d]/gu, '')
    .trim()
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC');
}

/** Different spellings of a name are one name; a device's number is compared exactly. */
const idOf = (kind: ClaimKind, value: string) => `${kind}:${kind === 'username' ? foldName(value) : value}`;

export const claimDocuments: CollectionSpec<Claim> = { name: 'claims' };

export function createClaims(storage: Storage): Claims {
  const claims: Collection<Claim> = storage.collection(claimDocuments);

  return {
    holder: async (kind, value) => (await claims.get(idOf(kind, value)))?.value.person,
    async take(kind, value, person, holds) {
      const id = idOf(kind, value);
      const taken = (version: Version): Taken => ({
        keep: async () => (await claims.replace(id, { person }, version)) !== undefined,
      });
      for (;;) {
        const mine = await claims.insert(id, { person });
        if (mine !== undefined) return taken(mine);
        const present = await claims.get(id);
        if (!present) continue;
        if (present.value.person === person) return taken(present.version);
        if (await holds(present.value.person)) return undefined;
        const over = await claims.replace(id, { person }, present.version);
        if (over !== undefined) return taken(over);
      }
    },
    async release(kind, value, person) {
      const id = idOf(kind, value);
      const present = await claims.get(id);
      if (present?.value.person === person) await claims.remove(id, present.version);
    },
  };
}
