/**
 * Reads a certificate whole and at once (row 4), so that nothing odd in it is found later. @peculiar/asn1-x509 reads
 * what `node:crypto` does not give: key usage, policies, bytes of names. Whatever it throws means that the certificate
 * cannot be used.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import * as asn from '@peculiar/asn1-x509';
import { strongHash } from './algorithms.ts';

export interface ReadCertificate {
  readonly x509: X509Certificate;
  /** DER of the two names. */
  readonly subject: Buffer;
  readonly issuer: Buffer;
  /** The common name of the issuer, for the log. */
  readonly issuerName: string;
  /** Texts of the subject by type (OID), in order. */
  readonly named: readonly (readonly [type: string, text: string])[];
  /** Bytes of the serial number, as in the certificate. */
  readonly serial: ArrayBuffer;
  /** ms since the epoch; valid from the first to the last of them. */
  readonly from: number;
  readonly until: number;
  /** Key usage (RFC 5280 §4.2.1.3) as flags; absent: the certificate has none. */
  readonly keyUsage?: number;
  /** OIDs; absent: any purpose. */
  readonly purposes?: readonly string[];
  readonly policies: readonly string[];
  readonly isCa: boolean;
  readonly keyId?: string;
  readonly issuerKeyId?: string;
  readonly responders: readonly string[];
  /** Where lists of revoked certificates are, for each point: those for all reasons, by the issuer itself. */
  readonly lists: readonly (readonly string[])[];
  /** Signed with an algorithm that is not weak. */
  readonly strong: boolean;
  /** SHA-1 of subject's name and key: how OCSP names an issuer (RFC 6960 §4.1.1). */
  readonly nameHash: Buffer;
  readonly keyHash: Buffer;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), base64url. */
  readonly keyDigest: string;
}

const understood: ReadonlySet<string> = new Set([
  asn.id_ce_keyUsage,
  asn.id_ce_extKeyUsage,
  asn.id_ce_basicConstraints,
  asn.id_ce_certificatePolicies,
]);
const commonName = '2.5.4.3';

/**
 * `undefined` if it is no certificate, has something behind it, or an extension twice or critical and not understood.
 */
export function readCertificate(der: Uint8Array): ReadCertificate | undefined {
  try {
    const x509 = new X509Certificate(der);
    return x509.raw.equals(der) ? readAll(x509) : undefined;
  } catch {
    return undefined;
  }
}

function readAll(x509: X509Certificate): ReadCertificate | undefined {
  const { tbsCertificate: tbs, signatureAlgorithm } = AsnConvert.parse(x509.raw, asn.Certificate);
  const extensions = tbs.extensions ?? [];
  const ids = extensions.map(({ extnID }) => extnID);
  if (new Set(ids).size < ids.length) return undefined;
  if (extensions.some(({ extnID, critical }) => critical && !understood.has(extnID))) return undefined;
  const valueOf = <T>(id: string, type: new () => T): T | undefined => {
    const found = extensions.find(({ extnID }) => extnID === id);
    return found && AsnConvert.parse(found.extnValue.buffer, type);
  };

  const [subject, issuer] = [tbs.subject, tbs.issuer].map((name) => Buffer.from(AsnConvert.serialize(name)));
  // The library keeps no bytes of names: what it writes must be what it read.
  if (!subject || !issuer || !x509.raw.includes(subject) || !x509.raw.includes(issuer)) return undefined;
  const usage = valueOf(asn.id_ce_keyUsage, asn.KeyUsage)?.toNumber();
  const purposes = valueOf(asn.id_ce_extKeyUsage, asn.ExtendedKeyUsage);
  const keyId = valueOf(asn.id_ce_subjectKeyIdentifier, OctetString);
  const issuerKeyId = valueOf(asn.id_ce_authorityKeyIdentifier, asn.AuthorityKeyIdentifier)?.keyIdentifier;
  const access = valueOf(asn.id_pe_authorityInfoAccess, asn.AuthorityInfoAccessSyntax) ?? [];
  const spki = x509.publicKey.export({ type: 'spki', format: 'der' });
  return {
    x509,
    subject,
    issuer,
    issuerName: textsOf(tbs.issuer).find(([type]) => type === commonName)?.[1] ?? '',
    named: textsOf(tbs.subject),
    serial: tbs.serialNumber,
    from: tbs.validity.notBefore.getTime().getTime(),
    until: tbs.validity.notAfter.getTime().getTime(),
    ...(usage === undefined ? {} : { keyUsage: usage }),
    ...(purposes === undefined ? {} : { purposes: [...purposes] }),
    policies: [...(valueOf(asn.id_ce_certificatePolicies, asn.CertificatePolicies) ?? [])].map(
      ({ policyIdentifier }) => policyIdentifier,
    ),
    isCa: valueOf(asn.id_ce_basicConstraints, asn.BasicConstraints)?.cA ?? false,
    ...(keyId === undefined ? {} : { keyId: hex(keyId.buffer) }),
    ...(issuerKeyId === undefined ? {} : { issuerKeyId: hex(issuerKeyId.buffer) }),
    responders: [...access].flatMap(({ accessMethod, accessLocation }) =>
      accessMethod === asn.id_ad_ocsp ? (accessLocation.uniformResourceIdentifier ?? []) : [],
    ),
    lists: listsOf([...(valueOf(asn.id_ce_cRLDistributionPoints, asn.CRLDistributionPoints) ?? [])]),
    strong: strongHash(signatureAlgorithm.algorithm) !== undefined,
    nameHash: sha1(subject),
    keyHash: sha1(Buffer.from(tbs.subjectPublicKeyInfo.subjectPublicKey)),
    keyDigest: createHash('sha256').update(spki).digest('base64url'),
  };
}

const listsOf = (points: readonly asn.DistributionPoint[]): readonly (readonly string[])[] =>
  points
    .filter(({ reasons, cRLIssuer }) => reasons === undefined && cRLIssuer === undefined)
    .map(({ distributionPoint }) => urisOf(distributionPoint))
    .filter((uris) => uris.length > 0);

/** The URIs of a point. */
export const urisOf = (point: asn.DistributionPointName | undefined): readonly string[] =>
  (point?.fullName ?? []).flatMap(({ uniformResourceIdentifier }) => uniformResourceIdentifier ?? []);

const textsOf = (name: asn.Name): readonly (readonly [string, string])[] =>
  [...name].flatMap((part) => [...part].map(({ type, value }) => [type, value.toString()] as const));
const hex = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString('hex');
const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest();

/** Whether `ca` has issued it: names byte by byte, key id, purpose of the CA, a strong algorithm, the signature. */
export function isIssuedBy(one: ReadCertificate, ca: ReadCertificate): boolean {
  if (!one.issuer.equals(ca.subject) || !ca.isCa || !one.strong) return false;
  if (one.issuerKeyId !== undefined && ca.keyId !== undefined && one.issuerKeyId !== ca.keyId) return false;
  return one.x509.checkIssued(ca.x509) && one.x509.verify(ca.x509.publicKey);
}

/** Whether `now` (ms) is within its dates. */
export const isValidAt = ({ from, until }: ReadCertificate, now: number): boolean => from <= now && now <= until;
