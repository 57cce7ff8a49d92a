/** Reads the root keys of this process, and opens what everything else needs with them. Called by services.ts. */
import { keyBytes, openRootKeys, readRootKeyFile, type RootKeys } from '../adapters/root-key.ts';
import { createSecretBox, rootKeyId, type SecretBox } from '../adapters/secret-box.ts';
import type { Collection, Storage } from '../adapters/storage/port.ts';
import type { Settings } from '../config/schema.ts';
import { createKeptKeys, engineKeys, RootKeyDiffers, type KeptKeys, type SealedKey } from '../provider/kept-keys.ts';

type FromSettings = Pick<Settings, 'rootKey' | 'otherRootKey' | 'state'>;

/** Rejects with `StorageUnavailable` when the file in `state` is damaged. */
export const readRootKeys = (settings: FromSettings): Promise<RootKeys> => rootKeysFrom(settings, openRootKeys);

async function rootKeysFrom(
  { rootKey, otherRootKey, state }: FromSettings,
  read: typeof openRootKeys,
): Promise<RootKeys> {
  const configured = otherRootKey === undefined ? [] : [keyBytes(otherRootKey)];
  if (rootKey !== undefined) return { current: keyBytes(rootKey), others: configured, from: 'configuration' };
  const [current, ...others] = await read(state);
  return { current, others: [...others, ...configured], from: 'state' };
}

export interface Secrets {
  readonly secretBox: SecretBox;
  readonly keptKeys: KeptKeys;
  /** The present root keys. */
  readonly rootKeys: RootKeys;
  /**
   * Reads the root keys of the file again; returns whether they have changed. Those of the configuration never change.
   * Rejects, and keeps the present keys, if the file is missing or damaged (`StorageUnavailable`), or none of its keys
   * opens the store (`RootKeyDiffers`).
   */
  readRootKeysAgain(): Promise<boolean>;
}

/** The id of the document that digests and named keys are derived from. */
const digests = 'digests';

/** Rejects with `RootKeyDiffers`. */
export async function openSecrets(storage: Storage, given: RootKeys, settings: FromSettings): Promise<Secrets> {
  const collection = storage.collection(engineKeys);
  let inUse = given;
  const digestBase = await digestBaseOf(collection, given);
  const secretBox = createSecretBox(given.current, { others: given.others, ...(digestBase && { digestBase }) });
  return {
    secretBox,
    keptKeys: createKeptKeys({ collection, secretBox }),
    rootKeys: {
      from: given.from,
      get current() {
        return inUse.current;
      },
      get others() {
        return inUse.others;
      },
    },
    async readRootKeysAgain() {
      if (given.from === 'configuration') return false;
      const next = await rootKeysFrom(settings, readRootKeyFile);
      if (idsOf(next) === idsOf(inUse)) return false;
      await firstRootKey(collection, next);
      await digestBaseOf(collection, next);
      secretBox.useRootKeys(next.current, next.others);
      inUse = next;
      return true;
    },
  };
}

const idsOf = ({ current, others }: RootKeys): string => [current, ...others].map(rootKeyId).join(' ');

/**
 * Digests are derived from the first root key of a store for as long as the store exists. With only that key configured
 * nothing is stored; as soon as another is configured, the first is stored sealed, so that it can be removed from the
 * configuration. Rejects with `RootKeyDiffers`.
 */
async function digestBaseOf(collection: Collection<SealedKey>, rootKeys: RootKeys): Promise<Buffer | undefined> {
  const { current, others } = rootKeys;
  const kept = createKeptKeys({ collection, secretBox: createSecretBox(current, { others }) });
  const written = async () => Buffer.from(await firstRootKey(collection, rootKeys)).toString('base64');
  const { value } = (await (others.length > 0 ? kept.readOrMake(digests, written) : kept.read(digests))) ?? {};
  return typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
}

/** The key among these that the signing keys are sealed under. Rejects with `RootKeyDiffers` if there is none. */
async function firstRootKey(collection: Collection<SealedKey>, { current, others }: RootKeys): Promise<Uint8Array> {
  const signing = await collection.get('signing');
  if (!signing) return current;
  const opens = (key: Uint8Array) => createSecretBox(key).open(signing.value.sealed, 'keys signing') !== undefined;
  const found = [current, ...others].find(opens);
  if (!found) throw new RootKeyDiffers();
  return found;
}
