/**
 * The installation's keys in the store, each document sealed for its own place. Used for the engine's keys and for
 * secrets that must outlive a root key.
 */
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Collection, CollectionSpec, Storage, Version } from '../adapters/storage/port.ts';

export interface SealedKey {
  readonly sealed: string;
}

export const engineKeys: CollectionSpec<SealedKey> = { name: 'keys' };

/** The message is for the operator. */
export class RootKeyDiffers extends Error {
  override readonly name = 'RootKeyDiffers';
  constructor() {
    super(
      'The keys in this store were sealed under another root key: give this node the one that the store was made with (`rootKey`, the same for all nodes), or name it under `otherRootKey`.',
    );
  }
}

export interface KeptKeys {
  /** `undefined`: there is none. Throws `RootKeyDiffers` if it cannot be opened. */
  read(id: string): Promise<{ readonly value: unknown; readonly version: Version } | undefined>;
  /** The stored value, or a new one by `make`. If several processes make one at once, all get the same. */
  readOrMake(
    id: string,
    make: () => unknown,
  ): Promise<{ readonly value: unknown; readonly version: Version | undefined }>;
  /** Whether nobody has changed it since `version`. */
  replace(id: string, value: unknown, version: Version): Promise<boolean>;
  /**
   * Seals again what was sealed under another root key; returns how many were left out because another process wrote
   * them.
   */
  reseal(): Promise<number>;
  /** How many documents are sealed under a root key that is not the current one. */
  countOlder(): Promise<number>;
}

const placeOf = (id: string): string => `keys ${id}`;
const atOnce = 100;

/** Declares the collection: once for each process. */
export function createKeptKeys({
  collection,
  secretBox,
}: {
  readonly collection: Collection<SealedKey>;
  readonly secretBox: SecretBox;
}): KeptKeys {
  const opened = (id: string, sealed: string): unknown => {
    const value = secretBox.open(sealed, placeOf(id));
    if (value === undefined) throw new RootKeyDiffers();
    return value;
  };
  const read: KeptKeys['read'] = async (id) => {
    const stored = await collection.get(id);
    return stored && { value: opened(id, stored.value.sealed), version: stored.version };
  };
  const older = async () => {
    const { items } = await collection.page({ limit: atOnce });
    return items.filter(({ value }) => !secretBox.isCurrent(value.sealed));
  };
  const replace: KeptKeys['replace'] = async (id, value, version) =>
    (await collection.replace(id, { sealed: secretBox.seal(value, placeOf(id)) }, version)) !== undefined;

  return {
    read,
    async readOrMake(id, make) {
      const known = await read(id);
      if (known) return known;
      const value = await make();
      const version = await collection.insert(id, { sealed: secretBox.seal(value, placeOf(id)) });
      if (version !== undefined) return { value, version };
      const other = await read(id);
      if (!other) throw new Error(`The ${id} keys vanished from the store while they were read.`);
      return other;
    },
    replace,
    async reseal() {
      let undone = 0;
      for (const { id, value, version } of await older())
        if (!(await replace(id, opened(id, value.sealed), version))) undone += 1;
      return undone;
    },
    countOlder: async () => (await older()).length,
  };
}

export const openKeptKeys = (storage: Storage, secretBox: SecretBox): KeptKeys =>
  createKeptKeys({ collection: storage.collection(engineKeys), secretBox });
