/** Which root keys this process has, and what is opened with them before anything else. Called by services.ts. */
import { keyBytes, openRootKeys, type RootKeys } from '../adapters/root-key.ts';
import { createSecretBox, type SecretBox } from '../adapters/secret-box.ts';
import type { Storage } from '../adapters/storage/port.ts';
import type { Settings } from '../config/schema.ts';
import { createKeptKeys, engineKeys, RootKeyDiffers, type KeptKeys } from '../provider/kept-keys.ts';

/** Rejects with `StorageUnavailable` when the file in `state` is damaged. */
export async function readRootKeys({ rootKey, otherRootKey, state }: Settings): Promise<RootKeys> {
  const configured = otherRootKey === undefined ? [] : [keyBytes(otherRootKey)];
  if (rootKey !== undefined) return { current: keyBytes(rootKey), others: configured, from: 'configuration' };
  const [current, ...others] = await openRootKeys(state);
  return { current, others: [...others, ...configured], from: 'state' };
}

/** The id of the document with what digests and named keys are made from. */
const digests = 'digests';

/**
 * Digests are made from the first root key of a store for as long as it lives. While only that one is given nothing is kept; as soon as another is named,
 * the first is kept sealed, so that it may go. Rejects with `RootKeyDiffers`.
 */
export async function openSecrets(
  storage: Storage,
  { current, others }: RootKeys,
): Promise<{ readonly secretBox: SecretBox; readonly keptKeys: KeptKeys }> {
  const collection = storage.collection(engineKeys);
  const kept = createKeptKeys({ collection, secretBox: createSecretBox(current, { others }) });
  const first = async (): Promise<Uint8Array> => {
    const signing = await collection.get('signing');
    if (!signing) return current;
    const opens = (key: Uint8Array) => createSecretBox(key).open(signing.value.sealed, 'keys signing') !== undefined;
    const found = [current, ...others].find(opens);
    if (!found) throw new RootKeyDiffers();
    return found;
  };
  const written = async () => Buffer.from(await first()).toString('base64');
  const { value } = (await (others.length > 0 ? kept.readOrMake(digests, written) : kept.read(digests))) ?? {};
  const digestBase = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  const secretBox = createSecretBox(current, { others, ...(digestBase && { digestBase }) });
  return { secretBox, keptKeys: createKeptKeys({ collection, secretBox }) };
}
