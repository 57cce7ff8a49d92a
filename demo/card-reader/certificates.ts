/**
 * Keys and certificates of the demo's country, which exists nowhere else. Every key follows from a text that anybody
 * can read here: to trust this country is to trust everybody. Written with the product's own library, since the one that
 * tests use does not come with the product.
 */
import { createECDH, createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import * as asn from '@peculiar/asn1-x509';

/** The key of a name. */
export function keyOf(name: string): KeyObject {
  const curve = createECDH('secp384r1');
  const secret = createHash('sha384').update(`a key of the Rekey demo: ${name}`).digest();
  curve.setPrivateKey(secret);
  const point = curve.getPublicKey();
  const jwk = {
    kty: 'EC',
    crv: 'P-384',
    d: base64url(secret),
    x: base64url(point.subarray(1, 49)),
    y: base64url(point.subarray(49)),
  };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

export const country = 'ZZ';
export const policy = '2.999.1.2';
export const rootName = 'Demo Root CA';
export const issuerName = 'Demo Citizen CA';

/** ECDSA with SHA-384. */
export const signatureAlgorithm = () => new asn.AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.3' });
export const signed = (bytes: ArrayBuffer, key: KeyObject): ArrayBuffer =>
  new Uint8Array(sign('sha384', new Uint8Array(bytes), key)).buffer;

export interface CertificateWish {
  /** Names of the keys, which are the common names too, but for a person's card. */
  readonly subject: string;
  readonly issuer: string;
  readonly isCa?: boolean;
  /** On a person's card. */
  readonly person?: { readonly name: string; readonly number: string };
  /** Where one asks whether it was revoked. */
  readonly responder?: string;
  /** ms since the epoch. */
  readonly from: number;
  readonly until: number;
}

/** DER. */
export function certificateOf({
  subject,
  issuer,
  isCa = false,
  person,
  responder,
  from,
  until,
}: CertificateWish): Buffer {
  const spki = publicKeyOf(subject);
  const tbs = new asn.TBSCertificate({
    version: asn.Version.v3,
    serialNumber: serialOf(subject),
    signature: signatureAlgorithm(),
    issuer: nameOf(issuer),
    validity: new asn.Validity({ notBefore: new Date(from), notAfter: new Date(until) }),
    subject: nameOf(person?.name ?? subject, person?.number),
    subjectPublicKeyInfo: spki,
    extensions: new asn.Extensions([
      extension(asn.id_ce_keyUsage, new asn.KeyUsage(isCa ? caUsage : asn.KeyUsageFlags.digitalSignature), true),
      extension(asn.id_ce_authorityKeyIdentifier, new asn.AuthorityKeyIdentifier({ keyIdentifier: keyId(issuer) })),
      extension(asn.id_ce_subjectKeyIdentifier, keyId(subject)),
      ...(isCa ? [extension(asn.id_ce_basicConstraints, new asn.BasicConstraints({ cA: true }), true)] : forPerson),
      ...(responder === undefined ? [] : [extension(asn.id_pe_authorityInfoAccess, accessTo(responder))]),
    ]),
  });
  const certificate = new asn.Certificate({
    tbsCertificate: tbs,
    signatureAlgorithm: signatureAlgorithm(),
    signatureValue: signed(AsnConvert.serialize(tbs), keyOf(issuer)),
  });
  return Buffer.from(AsnConvert.serialize(certificate));
}

const caUsage = asn.KeyUsageFlags.keyCertSign | asn.KeyUsageFlags.cRLSign;

const extension = (extnID: string, value: object, critical = false) =>
  new asn.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });

const forPerson = [
  extension(asn.id_ce_extKeyUsage, new asn.ExtendedKeyUsage(['1.3.6.1.5.5.7.3.2'])),
  extension(
    asn.id_ce_certificatePolicies,
    new asn.CertificatePolicies([new asn.PolicyInformation({ policyIdentifier: policy })]),
  ),
];

const accessTo = (url: string) =>
  new asn.AuthorityInfoAccessSyntax([
    new asn.AccessDescription({
      accessMethod: asn.id_ad_ocsp,
      accessLocation: new asn.GeneralName({ uniformResourceIdentifier: url }),
    }),
  ]);

const namePart = (type: string, text: string) =>
  new asn.RelativeDistinguishedName([
    new asn.AttributeTypeAndValue({ type, value: new asn.AttributeValue({ utf8String: text }) }),
  ]);

const nameOf = (commonName: string, number?: string): asn.Name =>
  new asn.Name([
    namePart('2.5.4.6', country),
    namePart('2.5.4.3', commonName),
    ...(number === undefined ? [] : [namePart('2.5.4.5', number)]),
  ]);

const publicKeyOf = (name: string): asn.SubjectPublicKeyInfo =>
  AsnConvert.parse(createPublicKey(keyOf(name)).export({ type: 'spki', format: 'der' }), asn.SubjectPublicKeyInfo);
/** SHA-1 of the public key: how an issuer is named (RFC 5280 §4.2.1.2). */
export const keyHashOf = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    createHash('sha1')
      .update(Buffer.from(publicKeyOf(name).subjectPublicKey))
      .digest(),
  );
const keyId = (name: string) => new asn.SubjectKeyIdentifier(keyHashOf(name));
/** Positive, and another one for each name. */
export const serialOf = (name: string): ArrayBuffer => {
  const bytes = new Uint8Array(createHash('sha256').update(name).digest().subarray(0, 16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.buffer;
};
