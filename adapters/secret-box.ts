/**
 * Authenticated encryption for what the store must not show (AES-256-GCM, NIST SP 800-38D), and keyed digests. A root
 * key never enters the store; every purpose has its own key (HKDF-SHA-256, RFC 5869), and what is sealed is bound to
 * its place by `context`: a value copied to another person or key does not open. Every sealed value names the root key
 * that it was sealed under, so that root keys can be replaced one after another.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';

export interface SecretBox {
  /** Base64url text; different at every call. */
  seal(value: unknown, context: string): string;
  /**
   * The sealed value; `undefined` if it was altered, copied from another place, or sealed under a root key that is not
   * configured.
   */
  open(sealed: string, context: string): unknown;
  /**
   * Whether it was sealed under the current root key; otherwise it must be sealed again. Does not say whether it opens.
   */
  isCurrent(sealed: string): boolean;
  /** HMAC-SHA-256 as base64url, with its own key for `purpose`. Independent of the current root key. */
  digest(value: string, purpose: string): string;
  /** 32 bytes for one purpose, for HMAC alone; independent of the current root key. */
  namedKey(purpose: string): KeyObject;
}

/** For the owner of the root keys: from now on other keys seal and open. Digests and named keys do not change. */
export interface ReplaceableSecretBox extends SecretBox {
  /** @param rootKey the one that seals. Throws a RangeError, and changes nothing, if one is shorter than 32 bytes. */
  useRootKeys(rootKey: Uint8Array, others: readonly Uint8Array[]): void;
}

export interface FurtherKeys {
  /** Root keys that open what was sealed under them, and seal nothing. */
  readonly others?: readonly Uint8Array[];
  /** The base of digests and named keys, so that they outlive the root key; default: the root key. */
  readonly digestBase?: Uint8Array;
}

/** Without the root key's id: written by the first releases. */
const withoutId = 1;
const withId = 2;
const ivLength = 12;
const idLength = 4;
const tagLength = 16;

const derive = (base: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', base, '', `rekey ${purpose}`, 32));

/** The name of a root key, which reveals nothing about it: 8 hexadecimal digits. */
export const rootKeyId = (rootKey: Uint8Array): string =>
  derive(rootKey, 'key id').subarray(0, idLength).toString('hex');

interface SealingKey {
  readonly id: string;
  readonly sealing: KeyObject;
}

/** The first one seals. Key objects, because a key given as bytes is parsed at every call. */
function sealingKeys(rootKeys: readonly [Uint8Array, ...Uint8Array[]]): readonly [SealingKey, ...SealingKey[]] {
  if (rootKeys.some(({ length }) => length < 32)) throw new RangeError('A root key must have at least 32 bytes.');
  const [first, ...others] = rootKeys;
  return [sealingKey(first), ...others.map(sealingKey)];
}

const sealingKey = (key: Uint8Array): SealingKey => ({
  id: rootKeyId(key),
  sealing: createSecretKey(derive(key, 'sealing 1')),
});

/** @param rootKey the one that seals; each 32 bytes or more. Throws a RangeError when one is shorter. */
export function createSecretBox(
  rootKey: Uint8Array,
  { others = [], digestBase }: FurtherKeys = {},
): ReplaceableSecretBox {
  let keys = sealingKeys([rootKey, ...others]);
  const named = new Map<string, KeyObject>();
  const namedKey = (purpose: string): KeyObject => {
    const made = named.get(purpose) ?? createSecretKey(derive(digestBase ?? rootKey, `digest ${purpose}`));
    named.set(purpose, made);
    return made;
  };

  return {
    seal(value, context) {
      const [current] = keys;
      const iv = randomBytes(ivLength);
      const cipher = createCipheriv('aes-256-gcm', current.sealing, iv).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      // The random part comes before the id, because the outbox distributes its entries by the first letters.
      return Buffer.concat([Buffer.of(withId), iv, Buffer.from(current.id, 'hex'), cipher.getAuthTag(), body]).toString(
        'base64url',
      );
    },
    open(sealed, context) {
      const parts = partsOf(sealed);
      if (!parts) return undefined;
      for (const { id, sealing } of keys) {
        const opened = parts.id === undefined || parts.id === id ? openWith(sealing, parts, context) : undefined;
        if (opened !== undefined) return opened;
      }
      return undefined;
    },
    isCurrent: (sealed) => partsOf(sealed)?.id === keys[0].id,
    digest: (value, purpose) => createHmac('sha256', namedKey(purpose)).update(value, 'utf8').digest('base64url'),
    namedKey,
    useRootKeys(next, further) {
      keys = sealingKeys([next, ...further]);
    },
  };
}

interface Parts {
  /** Absent in the oldest form: it may be any root key. */
  readonly id: string | undefined;
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly body: Buffer;
}

function partsOf(sealed: string): Parts | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  const [form] = bytes;
  if (form !== withoutId && form !== withId) return undefined;
  const idEnd = 1 + ivLength + (form === withId ? idLength : 0);
  if (bytes.length < idEnd + tagLength) return undefined;
  return {
    id: form === withId ? bytes.subarray(1 + ivLength, idEnd).toString('hex') : undefined,
    iv: bytes.subarray(1, 1 + ivLength),
    tag: bytes.subarray(idEnd, idEnd + tagLength),
    body: bytes.subarray(idEnd + tagLength),
  };
}

function openWith(key: KeyObject, { iv, tag, body }: Parts, context: string): unknown {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagLength })
    .setAAD(Buffer.from(context))
    .setAuthTag(tag);
  try {
    return JSON.parse(decipher.update(body, undefined, 'utf8') + decipher.final('utf8'));
  } catch {
    return undefined;
  }
}
