/**
 * What the engine signs and derives with, made at the first start and kept sealed. Order is meaning: the first signing key that fits and the first
 * cookie key sign, all of them verify. So a new key is appended, waits until everybody has fetched it, and only then moves to the front.
 */
import { generateKeyPair, randomBytes, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Collection, CollectionSpec, Storage } from '../adapters/storage/port.ts';

export interface EngineKeys {
  /** Private keys as JWK (RFC 7517), RS256 before ES256. Never logged, never sent. */
  readonly jwks: { readonly keys: readonly JsonWebKey[] };
  readonly cookieKeys: readonly string[];
  /** Key of the pairwise `sub`: stays the same for ever, or every relying party loses its people. */
  readonly pairwiseSalt: string;
}

interface SealedKey {
  readonly sealed: string;
}

export const engineKeys: CollectionSpec<SealedKey> = { name: 'keys' };

/** The sentence is for the operator. */
export class RootKeyDiffers extends Error {
  override readonly name = 'RootKeyDiffers';
}

const generate = promisify(generateKeyPair);

/**
 * Reads the keys, or makes them. Several processes that start at once on an empty store end up with the same ones: the insert decides.
 * Throws when the store holds keys that this root key does not open.
 */
export async function loadKeys({
  storage,
  secretBox,
}: {
  readonly storage: Storage;
  readonly secretBox: SecretBox;
}): Promise<EngineKeys> {
  const collection: Collection<SealedKey> = storage.collection(engineKeys);
  const keep = <T>(id: string, make: () => Promise<T>): Promise<T> => readOrMake(collection, secretBox, id, make);
  const [keys, cookieKeys, pairwiseSalt] = await Promise.all([
    keep('signing', makeSigningKeys),
    keep('cookies', () => Promise.resolve([randomBytes(32).toString('base64url')])),
    keep('pairwise', () => Promise.resolve(randomBytes(32).toString('base64url'))),
  ]);
  return { jwks: { keys }, cookieKeys, pairwiseSalt };
}

async function readOrMake<T>(
  collection: Collection<SealedKey>,
  secretBox: SecretBox,
  id: string,
  make: () => Promise<T>,
): Promise<T> {
  const context = `keys ${id}`;
  const read = async (): Promise<T | undefined> => {
    const stored = await collection.get(id);
    if (!stored) return undefined;
    const opened = secretBox.open(stored.value.sealed, context);
    if (opened === undefined)
      throw new RootKeyDiffers(
        'The keys in this store were sealed under another root key: give this node the one that the store was made with (`rootKey`, the same for all nodes).',
      );
    return opened as T;
  };
  const known = await read();
  if (known !== undefined) return known;
  const made = await make();
  if ((await collection.insert(id, { sealed: secretBox.seal(made, context) })) !== undefined) return made;
  const other = await read();
  if (other === undefined) throw new Error(`The ${id} keys vanished from the store while they were read.`);
  return other;
}

/** One algorithm per key (RFC 8725 §3.1). Both are made on the thread pool, side by side. */
async function makeSigningKeys(): Promise<JsonWebKey[]> {
  const [rsa, ec] = await Promise.all([
    generate('rsa', { modulusLength: 2048 }),
    generate('ec', { namedCurve: 'P-256' }),
  ]);
  return [
    { ...rsa.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' },
    { ...ec.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' },
  ];
}
