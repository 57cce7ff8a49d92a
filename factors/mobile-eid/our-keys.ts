/** Our keys at one provider, as openid-client takes them: how we identify ourselves, and what opens its tokens. Imported once. */
import { createPrivateKey, type KeyObject, type webcrypto } from 'node:crypto';
import {
  ClientSecretBasic,
  ClientSecretPost,
  modifyAssertion,
  PrivateKeyJwt,
  TlsClientAuth,
  type ClientAuth,
  type DecryptionKey,
} from 'openid-client';
import type { ServerMetadata } from 'openid-client';
import { AnswerFault } from './fault.ts';
import { authenticationOf, readKeys, type PrivateKey } from './keys.ts';
import type { Authentication, Preset } from './preset.ts';
import type { Upstream } from './settings.ts';

export interface OurKeys {
  readonly authentication: Authentication;
  readonly signing: { readonly key: webcrypto.CryptoKey; readonly kid: string } | undefined;
  readonly decryption: readonly DecryptionKey[];
}
const imported = new WeakMap<Upstream, OurKeys>();

export function ourKeys(upstream: Upstream, preset: Preset): OurKeys {
  const known = imported.get(upstream);
  if (known) return known;
  const authentication = authenticationOf(upstream, preset);
  if (authentication === undefined)
    throw new AnswerFault('metadata', 'there is nothing to identify us by', 'site_unavailable');
  const keys = readKeys(upstream.keys);
  const sig = keys.find(({ use }) => use === 'sig');
  const fresh: OurKeys = {
    authentication,
    signing: sig && { key: importKey(sig, 'sign', signatureOf(sig)), kid: sig.kid },
    decryption: preset.encryption ? decryptionKeys(keys, preset.encryption.algorithm) : [],
  };
  imported.set(upstream, fresh);
  return fresh;
}

export function clientAuthOf(
  upstream: Upstream,
  { assertionAudience }: Preset,
  ours: OurKeys,
  { token_endpoint: endpoint }: ServerMetadata,
): ClientAuth {
  switch (ours.authentication) {
    case 'tls_client_auth':
      return TlsClientAuth();
    case 'client_secret_post':
      return ClientSecretPost(upstream.clientSecret ?? '');
    case 'client_secret_basic':
      return ClientSecretBasic(upstream.clientSecret ?? '');
    case 'private_key_jwt':
    default: {
      if (!ours.signing) throw new AnswerFault('metadata', 'there is no key to sign with', 'site_unavailable');
      if (assertionAudience === 'issuer' || endpoint === undefined) return PrivateKeyJwt(ours.signing);
      return PrivateKeyJwt(ours.signing, { [modifyAssertion]: (_header, payload) => void (payload['aud'] = endpoint) });
    }
  }
}

const decryptionKeys = (keys: readonly PrivateKey[], alg: string): readonly DecryptionKey[] =>
  keys
    .filter(({ use }) => use === 'enc')
    .map((jwk) => ({
      key: importKey(jwk, jwk.kty === 'EC' ? 'deriveBits' : 'decrypt', encryptionOf(jwk, alg)),
      kid: jwk.kid,
      alg,
    }));

type Algorithm = Parameters<KeyObject['toCryptoKey']>[0];

const importKey = (jwk: PrivateKey, usage: webcrypto.KeyUsage, algorithm: Algorithm) =>
  createPrivateKey({ key: jwk, format: 'jwk' }).toCryptoKey(algorithm, false, [usage]);

/** RFC 7518 §3.1: RS256 unless the key says PS256; ECDSA by its curve. */
function signatureOf({ kty, alg, crv }: PrivateKey) {
  if (kty === 'EC') return { name: 'ECDSA', namedCurve: String(crv) };
  return { name: alg === 'PS256' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
}

const encryptionOf = ({ kty, crv }: PrivateKey, alg: string) =>
  kty === 'EC'
    ? { name: 'ECDH', namedCurve: String(crv) }
    : { name: 'RSA-OAEP', hash: alg === 'RSA-OAEP-256' ? 'SHA-256' : 'SHA-1' };
