/**
 * Keeps values unique: a small document has the value as its id and its account in its body. If that account does not
 * have the value, the document is void and another account can take it; so a crash between the two writes blocks
 * nobody.
 */
import type { Collection, CollectionSpec, Storage, Version } from '../adapters/storage/port.ts';

interface Owner {
  readonly person: string;
}

export type UniqueKind = 'username' | 'device';

export interface UniqueValues {
  /** The id of the account that took the value last. It may be gone, or have given the value up. */
  ownerOf(kind: UniqueKind, value: string): Promise<string | undefined>;
  /** Takes the value for `person`, unless another account has it, which `holds` checks for the present owner. */
  take(
    kind: UniqueKind,
    value: string,
    person: string,
    holds: (owner: string) => Promise<boolean>,
  ): Promise<Taken | undefined>;
  /** Gives it up, where it is `person`'s. */
  release(kind: UniqueKind, value: string, person: string): Promise<void>;
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
const idOf = (kind: UniqueKind, value: string) => `${kind}:${kind === 'username' ? foldName(value) : value}`;

export const uniqueValueDocuments: CollectionSpec<Owner> = { name: 'unique-values' };

export function openUniqueValues(storage: Storage): UniqueValues {
  const owners: Collection<Owner> = storage.collection(uniqueValueDocuments);

  return {
    ownerOf: async (kind, value) => (await owners.get(idOf(kind, value)))?.value.person,
    async take(kind, value, person, holds) {
      const id = idOf(kind, value);
      const taken = (version: Version): Taken => ({
        keep: async () => (await owners.replace(id, { person }, version)) !== undefined,
      });
      for (;;) {
        const mine = await owners.insert(id, { person });
        if (mine !== undefined) return taken(mine);
        const present = await owners.get(id);
        if (!present) continue;
        if (present.value.person === person) return taken(present.version);
        if (await holds(present.value.person)) return undefined;
        const over = await owners.replace(id, { person }, present.version);
        if (over !== undefined) return taken(over);
      }
    },
    async release(kind, value, person) {
      const id = idOf(kind, value);
      const present = await owners.get(id);
      if (present?.value.person === person) await owners.remove(id, present.version);
    },
  };
}
