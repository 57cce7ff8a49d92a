/**
 * Authenticated encryption for what the store must not show (AES-256-GCM, NIST SP 800-38D), and keyed digests. The root key never enters the
 * store; every purpose has its own key (HKDF-SHA-256, RFC 5869), and what is sealed is bound to its place by `context`: a value copied to another
 * person or key does not open.
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
  /** Base64url text; another one at every call. */
  seal(value: unknown, context: string): string;
  /** What was sealed; `undefined` when it was altered, is from another place, or was sealed under another root key. */
  open(sealed: string, context: string): unknown;
  /** HMAC-SHA-256 as base64url, with a key of its own for `purpose`. */
  digest(value: string, purpose: string): string;
}

const format = 1;
const ivLength = 12;
const tagLength = 16;

/** @param rootKey 32 bytes or more. Throws a RangeError when shorter. */
export function createSecretBox(rootKey: Uint8Array): SecretBox {
  if (rootKey.length < 32) throw new RangeError('The root key must have at least 32 bytes.');
  // Key objects: a key given as bytes is looked at anew at every call.
  const derive = (purpose: string) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', rootKey, '', `rekey ${purpose}`, 32)));
  const sealing = derive('sealing 1');
  const digestKeys = new Map<string, KeyObject>();

  return {
    seal(value, context) {
      const iv = randomBytes(ivLength);
      const cipher = createCipheriv('aes-256-gcm', sealing, iv).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(format), iv, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < 1 + ivLength + tagLength || bytes[0] !== format) return undefined;
      const iv = bytes.subarray(1, 1 + ivLength);
      const tag = bytes.subarray(1 + ivLength, 1 + ivLength + tagLength);
      const decipher = createDecipheriv('aes-256-gcm', sealing, iv, { authTagLength: tagLength })
        .setAAD(Buffer.from(context))
        .setAuthTag(tag);
      try {
        const text =
          decipher.update(bytes.subarray(1 + ivLength + tagLength), undefined, 'utf8') + decipher.final('utf8');
        return JSON.parse(text);
      } catch {
        return undefined;
      }
    },
    digest(value, purpose) {
      let key = digestKeys.get(purpose);
      if (!key) digestKeys.set(purpose, (key = derive(`digest ${purpose}`)));
      return createHmac('sha256', key).update(value, 'utf8').digest('base64url');
    },
  };
}
