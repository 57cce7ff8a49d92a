/**
 * Checks whether a key's maker confirms it: the certificates of its attestation must lead to a root that the
 * deployment's metadata has for its model. The attestation's own signature was verified before.
 */
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { readMetadata } from './webauthn-metadata.ts';

/** The most certificates in a chain, without the root. */
const longestChain = 6;

/**
 * The permitted signers of FIDO's own metadata, by the SHA-256 of the certificate: GlobalSign Root CA - R3 and Root
 * R46, both in Node's own store.
 */
const fidoRoots: ReadonlySet<string> = new Set([
  'CB:B5:22:D7:B7:F1:27:AD:6A:01:13:86:5B:DF:1C:D4:10:2E:7D:07:59:AF:63:5A:7C:F4:72:0D:C9:63:C5:3B',
  '4F:A3:12:6D:8D:3A:11:D1:C4:85:5A:4F:80:7C:BA:D6:CF:91:9D:3A:5A:88:B0:3B:EA:2C:63:72:D9:3C:40:C9',
]);
let known: readonly Uint8Array[] | undefined;
export const fidoMetadataRoots = (): readonly Uint8Array[] =>
  (known ??= rootCertificates
    .map((pem) => new X509Certificate(pem))
    .filter(({ fingerprint256 }) => fidoRoots.has(fingerprint256))
    .map(({ raw }) => raw));

/** DER of each certificate in a text of PEM. */
export const certificatesIn = (pem: string): readonly Uint8Array[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (one) => new X509Certificate(one).raw,
  );

export type Trust =
  /**
   * `proven`: a permitted signer signed the metadata; without a signature only the operator confirms it, which proves
   * nothing to others.
   */
  | { readonly trusted: true; readonly proven: boolean }
  /** In our own words. */
  | { readonly trusted: false; readonly why: string };

const no = (why: string): Trust => ({ trusted: false, why });

export async function trustOf(of: {
  readonly metadata?: string | undefined;
  /** PEM of the permitted signers of the metadata; default: FIDO. */
  readonly signers?: string | undefined;
  readonly aaguid: string;
  readonly attestationObject: Uint8Array;
  readonly now: number;
}): Promise<Trust> {
  const metadata = of.metadata === undefined ? undefined : readMetadata(of.metadata);
  const model = metadata?.models.get(of.aaguid);
  if (metadata === undefined || model === undefined) return no('model unknown');
  const anchors = of.signers === undefined ? fidoMetadataRoots() : certificatesIn(of.signers);
  if (metadata.signers && !leadsTo(metadata.signers, anchors, of.now)) return no('metadata not signed by who may');
  if (model.fallen) return no('model fallen');
  const chain = await chainOf(of.attestationObject);
  if (chain === undefined) return no('no certificates');
  if (!leadsTo(chain, model.roots, of.now)) return no('certificates not trusted');
  return { trusted: true, proven: metadata.signers !== undefined };
}

/** The leaf first; none for a self attestation or no attestation. */
async function chainOf(attestationObject: Uint8Array): Promise<readonly Uint8Array[] | undefined> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  const chain = decodeAttestationObject(new Uint8Array(attestationObject)).get('attStmt').get('x5c');
  return chain !== undefined && chain.length > 0 ? chain : undefined;
}

/**
 * RFC 5280 §6.1 without revocation lists: issuer by issuer, each a certificate authority within its time, up to a root
 * or to a certificate named itself.
 */
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
