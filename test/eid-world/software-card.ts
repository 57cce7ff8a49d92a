/** A card that is software: signs a Web eID token as the app does, with any part of it wrong on request. */
import { constants, createHash, sign } from 'node:crypto';
import type { CertifiedKey } from './national-pki.ts';

export interface Asked {
  /** As the browser says it, not as the page does. */
  readonly origin: string;
  /** The text of the challenge. */
  readonly nonce: string;
}
export type Algorithm = 'ES256' | 'ES384' | 'RS256' | 'PS256';
export type Token = Record<string, unknown>;

const hashes = { ES256: 'sha256', ES384: 'sha384', RS256: 'sha256', PS256: 'sha256' } as const;

/** The algorithm of a card whose key is of this type. */
export const usualAlgorithm = ({ kind }: Pick<CertifiedKey, 'kind'>): Algorithm =>
  kind === 'P-384' ? 'ES384' : kind === 'P-256' ? 'ES256' : 'RS256';

/** The token as the page gets it. */
export function signToken(card: CertifiedKey, { origin, nonce }: Asked, algorithm = usualAlgorithm(card)): Token {
  const hash = hashes[algorithm];
  const digest = (text: string) => createHash(hash).update(text, 'utf8').digest();
  const key =
    algorithm === 'PS256'
      ? { key: card.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      : { key: card.privateKey, dsaEncoding: 'ieee-p1363' as const };
  return {
    action: 'web-eid:authenticate-success',
    unverifiedCertificate: card.der.toString('base64'),
    algorithm,
    signature: sign(hash, Buffer.concat([digest(origin), digest(nonce)]), key).toString('base64'),
    format: 'web-eid:1.0',
    appVersion: 'https://web-eid.eu/web-eid-app/releases/2.9.0+1',
  };
}
