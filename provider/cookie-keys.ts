/** Signs the cookies of the engine under a key that is derived from the root key. */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

/** The functions that the module `cookies` needs. */
export interface CookieKeys {
  sign(data: string): string;
  verify(data: string, signature: string): boolean;
  /** The index of the key that made the signature; -1: none of them. */
  index(data: string, signature: string): number;
}

/**
 * HMAC-SHA-256 as base64url: the first key signs, all of them verify, in constant time. Key objects are made once,
 * because a key given as bytes is parsed at every call, which costs several times as much as the digest.
 */
export function createCookieKeys(keys: readonly string[]): CookieKeys {
  if (keys.length === 0) throw new RangeError('Cookies need a key.');
  const objects = keys.map((key) => createSecretKey(key, 'utf8'));
  const signed = objects.map((key) => (data: string) => createHmac('sha256', key).update(data).digest());
  const index: CookieKeys['index'] = (data, signature) => {
    const given = Buffer.from(signature, 'base64url');
    return signed.findIndex((digest) => {
      const wanted = digest(data);
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    });
  };
  return {
    sign: (data) => signed[0]?.(data).toString('base64url') ?? '',
    verify: (data, signature) => index(data, signature) >= 0,
    index,
  };
}
