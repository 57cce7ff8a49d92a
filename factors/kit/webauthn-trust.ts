/**
 * Whether a key's maker vouches for it: the certificates of its attestation must lead to a root that the deployment's metadata names for its model.
 * The attestation's own signature was verified before.
 */
import { X509Certificate } from 'node:crypto';
import { readMetadata } from './webauthn-metadata.ts';

/** Certificates in a chain, the root not counted. */
const longestChain = 6;

/** Why it is not trusted, in our own words; `undefined`: it is. */
export async function trustFault(of: {
  readonly metadata?: string | undefined;
  readonly aaguid: string;
  readonly attestationObject: Uint8Array;
  readonly now: number;
}): Promise<string | undefined> {
  const model = of.metadata === undefined ? undefined : readMetadata(of.metadata).get(of.aaguid);
  if (model === undefined) return 'model unknown';
  if (model.fallen) return 'model fallen';
  const chain = await chainOf(of.attestationObject);
  if (chain === undefined) return 'no certificates';
  return leadsTo(chain, model.roots, of.now) ? undefined : 'certificates not trusted';
}

/** The leaf first; none where the key vouches for itself, or does not at all. */
async function chainOf(attestationObject: Uint8Array): Promise<readonly Uint8Array[] | undefined> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  const chain = decodeAttestationObject(new Uint8Array(attestationObject)).get('attStmt').get('x5c');
  return chain !== undefined && chain.length > 0 ? chain : undefined;
}

/** RFC 5280 §6.1 without revocation lists: issuer by issuer, each a certificate authority within its time, up to a root or to a certificate named itself. */
export function leadsTo(chain: readonly Uint8Array[], roots: readonly Uint8Array[], now: number): boolean {
  if (chain.length > longestChain) return false;
  let certificates: readonly X509Certificate[];
  try {
    certificates = chain.map((der) => new X509Certificate(der));
  } catch {
    return false;
  }
  const anchors = roots.flatMap((der) => {
    try {
      return [new X509Certificate(der)];
    } catch {
      return [];
    }
  });
  const inTime = ({ validFromDate, validToDate }: X509Certificate) =>
    validFromDate.getTime() <= now && now <= validToDate.getTime();

  for (const [at, certificate] of certificates.entries()) {
    if (!inTime(certificate)) return false;
    if (anchors.some((anchor) => anchor.raw.equals(certificate.raw))) return true;
    if (anchors.some((anchor) => inTime(anchor) && issued(certificate, anchor))) return true;
    const next = certificates[at + 1];
    if (next === undefined || !issued(certificate, next)) return false;
  }
  return false;
}

const issued = (one: X509Certificate, by: X509Certificate): boolean =>
  by.ca && one.checkIssued(by) && one.verify(by.publicKey);
