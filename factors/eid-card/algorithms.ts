/** The algorithms of tokens (JWA names, RFC 7518), and those with which certificates and OCSP answers may be signed. */
import { constants, verify, type KeyObject } from 'node:crypto';

export const tokenAlgorithms = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
] as const;
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];
export const isTokenAlgorithm = (name: string): name is TokenAlgorithm =>
  (tokenAlgorithms as readonly string[]).includes(name);

/** NIST SP 800-131A. */
const shortestRsa = 2048;
const curves = {
  ES256: { name: 'prime256v1', signature: 64 },
  ES384: { name: 'secp384r1', signature: 96 },
  ES512: { name: 'secp521r1', signature: 132 },
} as const;

export const hashOf = (algorithm: TokenAlgorithm): string => `sha${algorithm.slice(2)}`;
const isCurve = (algorithm: TokenAlgorithm): algorithm is keyof typeof curves => algorithm in curves;

/** Whether the kind, the curve or the length of the key is the one of the algorithm. */
export function keyFits(key: KeyObject, algorithm: TokenAlgorithm): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (isCurve(algorithm)) return type === 'ec' && details?.namedCurve === curves[algorithm].name;
  return type === 'rsa' && (details?.modulusLength ?? 0) >= shortestRsa;
}

/** A signature of a token: ECDSA as r‖s of the exact length, never DER. */
export function tokenSignatureHolds(
  key: KeyObject,
  algorithm: TokenAlgorithm,
  signed: Uint8Array,
  signature: Uint8Array,
): boolean {
  const hash = hashOf(algorithm);
  if (isCurve(algorithm))
    return (
      signature.length === curves[algorithm].signature &&
      verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature)
    );
  if (algorithm.startsWith('RS')) return verify(hash, signed, key, signature);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return verify(hash, signed, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }, signature);
}

/** Signature algorithms of certificates and OCSP answers, by OID (RFC 5758, RFC 4055): nothing with SHA-1. */
const strong: Readonly<Record<string, string>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
};
export const strongHash = (oid: string): string | undefined => (Object.hasOwn(strong, oid) ? strong[oid] : undefined);
