/** Our keys at a provider: which ones a preset needs, how they are read, and what is published of them. */
import { createPrivateKey, createPublicKey, X509Certificate, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import type { Authentication, Preset } from './preset.ts';

const privateKey = z.looseObject({
  kty: z.enum(['RSA', 'EC']),
  use: z.enum(['sig', 'enc']),
  kid: z.string().min(1).max(255),
  d: z.string().min(1),
});
const keySet = z.object({ keys: z.array(privateKey).min(1).max(8) });
export type PrivateKey = z.infer<typeof privateKey>;

/** The part of the settings of an upstream by which it knows us. */
interface Held {
  readonly keys?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly certificate?: string | undefined;
}

/** Throws for what is no set of private keys. */
export function readKeys(text: string | undefined): readonly PrivateKey[] {
  if (text === undefined) return [];
  const { keys } = keySet.parse(JSON.parse(text));
  for (const key of keys) createPrivateKey({ key, format: 'jwk' });
  return keys;
}

/** How we identify ourselves: the first way of the preset for which there is something. */
export const authenticationOf = (held: Held, { authentication }: Preset): Authentication | undefined =>
  authentication.find((way) => {
    if (way === 'private_key_jwt') return readKeys(held.keys).some(({ use }) => use === 'sig');
    return way === 'tls_client_auth' ? held.certificate !== undefined : held.clientSecret !== undefined;
  });

/** What a deployment lacks, in a sentence. */
export function keysFault(
  held: Held,
  preset: Preset,
): { readonly key: 'keys' | 'clientSecret' | 'certificate'; readonly says: string } | undefined {
  try {
    const keys = readKeys(held.keys);
    if (preset.encryption && !keys.some(({ use }) => use === 'enc'))
      return { key: 'keys', says: 'must have a key with `use: enc`: this provider encrypts its ID tokens' };
    if (authenticationOf(held, preset) === undefined)
      return { key: 'keys', says: `there is nothing to identify us by (${preset.authentication.join(', or ')})` };
  } catch {
    // What is wrong may be a part of a secret.
    return { key: 'keys', says: 'expected a JWK set with private keys (kty, use, kid, d)' };
  }
  if (held.certificate !== undefined && !isPair(held.certificate))
    return { key: 'certificate', says: 'expected a certificate and its private key, both PEM' };
  return undefined;
}

/** Whether a text has a certificate (the first one counts) and the key of it. */
function isPair(pem: string): boolean {
  try {
    return new X509Certificate(pem).checkPrivateKey(createPrivateKey(pem));
  } catch {
    return false;
  }
}

/** The public halves, for the provider (RFC 7517 §5). */
export function publicKeys(text: string): { readonly keys: readonly JsonWebKey[] } {
  const keys = readKeys(text).map((key) => {
    const half = createPublicKey(createPrivateKey({ key, format: 'jwk' })).export({ format: 'jwk' });
    const alg = typeof key['alg'] === 'string' ? { alg: key['alg'] } : {};
    return { ...half, ...alg, use: key.use, kid: key.kid };
  });
  return { keys };
}
