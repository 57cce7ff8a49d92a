/**
 * A test PKI like a national one: a root, two issuing CAs, and certificates in the forms that cards carry.
 * @peculiar/x509 issues them; it is needed by tests alone, and wants its polyfill imported first.
 */
// oxlint-disable-next-line import/no-unassigned-import -- what it sets is global
import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

/** With its polyfill, for tests that make extensions of their own. */
export { x509 };

type CryptoKey = webcrypto.CryptoKey;
type CryptoKeyPair = webcrypto.CryptoKeyPair;

export type KeyKind = 'P-256' | 'P-384' | 'RSA-2048' | 'RSA-1024';
/** A key pair with its certificate: of a card, a CA or a responder. */
export interface CertifiedKey {
  /** DER of the certificate. */
  readonly der: Buffer;
  readonly certificate: x509.X509Certificate;
  readonly privateKey: KeyObject;
  readonly kind: KeyKind;
  readonly signingKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

/** What differs from an ordinary certificate for authentication. */
export interface Wish {
  readonly kind?: KeyKind;
  /** The national number, or any text in its place; several, or none. */
  readonly numbers?: readonly string[];
  readonly country?: readonly string[];
  readonly name?: string;
  /** ms since the epoch. */
  readonly from?: number;
  readonly until?: number;
  readonly policies?: readonly string[];
  readonly keyUsage?: x509.KeyUsageFlags | 'none';
  readonly extendedKeyUsage?: readonly string[] | 'none';
  readonly isCa?: boolean;
  /** `none`: no responder is named; default: the responder of the PKI. */
  readonly responder?: string;
  readonly extensions?: readonly x509.Extension[];
  /** A signature with SHA-1, as no CA may make any more. */
  readonly weak?: boolean;
}

const curves = { 'P-256': 'SHA-256', 'P-384': 'SHA-384' } as const;
const oneYear = 365 * 24 * 3_600_000;
export const clientAuth = '1.3.6.1.5.5.7.3.2';
export const ocspSigning = '1.3.6.1.5.5.7.3.9';
/** The policy of an authentication certificate on a Belgian card. */
export const citizenPolicy = '2.16.56.12.1.1.2.2';

function algorithmOf(kind: KeyKind, hash?: string) {
  if (kind === 'P-256' || kind === 'P-384') return { name: 'ECDSA', namedCurve: kind, hash: hash ?? curves[kind] };
  const modulusLength = kind === 'RSA-1024' ? 1024 : 2048;
  const publicExponent = new Uint8Array([1, 0, 1]);
  return { name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent, hash: hash ?? 'SHA-256' };
}

const newKeys = (kind: KeyKind, hash?: string): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithmOf(kind, hash), true, ['sign', 'verify']);

const certifiedKey = (certificate: x509.X509Certificate, keys: CryptoKeyPair, kind: KeyKind): CertifiedKey => ({
  der: Buffer.from(certificate.rawData),
  certificate,
  privateKey: KeyObject.from(keys.privateKey),
  kind,
  signingKey: keys.privateKey,
  publicKey: keys.publicKey,
});

let lastSerial = 0x1000;
/** 16 bytes, as on cards, and none twice. */
const nextSerial = (): string => `10${(lastSerial += 1).toString(16).padStart(30, '0')}`;

/** A root, or an issuing CA below `by`. */
export async function createCa(
  names: x509.JsonName,
  at: number,
  by?: CertifiedKey,
  wish: { readonly kind?: KeyKind; readonly until?: number; readonly keyUsage?: x509.KeyUsageFlags } = {},
): Promise<CertifiedKey> {
  const kind = wish.kind ?? 'P-384';
  const keys = await newKeys(kind);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: nextSerial(),
    subject: names,
    issuer: by?.certificate.subjectName.toJSON() ?? names,
    notBefore: new Date(at - oneYear),
    notAfter: new Date(wish.until ?? at + 10 * oneYear),
    signingKey: by?.signingKey ?? keys.privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: algorithmOf(by?.kind ?? kind),
    extensions: [
      new x509.BasicConstraintsExtension(true, by === undefined ? 1 : 0, true),
      new x509.KeyUsagesExtension(wish.keyUsage ?? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(by === undefined ? [] : [await x509.AuthorityKeyIdentifierExtension.create(by.publicKey)]),
    ],
  });
  return certifiedKey(certificate, keys, kind);
}

/** A certificate of `ca`: without a wish, the authentication certificate of a citizen's card. */
export async function issue(ca: CertifiedKey, at: number, responder: string, wish: Wish = {}): Promise<CertifiedKey> {
  const kind = wish.kind ?? 'P-384';
  const hash = wish.weak === true ? 'SHA-1' : undefined;
  const keys = await newKeys(kind);
  const subject: x509.JsonName = [
    ...(wish.country ?? ['BE']).map((country) => ({ C: [country] })),
    { CN: [wish.name ?? 'Nora Specimen (Authentication)'] },
    ...(wish.numbers ?? ['71715100070']).map((number) => ({ '2.5.4.5': [number] })),
  ];
  const usage = wish.keyUsage ?? x509.KeyUsageFlags.digitalSignature;
  const purposes = wish.extendedKeyUsage ?? [clientAuth];
  const url = wish.responder ?? responder;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: nextSerial(),
    subject,
    issuer: ca.certificate.subjectName.toJSON(),
    notBefore: new Date(wish.from ?? at - oneYear / 2),
    notAfter: new Date(wish.until ?? at + 5 * oneYear),
    signingKey: ca.signingKey,
    publicKey: keys.publicKey,
    signingAlgorithm: algorithmOf(ca.kind, hash),
    extensions: [
      ...(usage === 'none' ? [] : [new x509.KeyUsagesExtension(usage, true)]),
      ...(purposes === 'none' ? [] : [new x509.ExtendedKeyUsageExtension([...purposes])]),
      ...(wish.isCa === true ? [new x509.BasicConstraintsExtension(true, undefined, true)] : []),
      new x509.CertificatePolicyExtension([...(wish.policies ?? [citizenPolicy])]),
      await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(url === 'none' ? [] : [new x509.AuthorityInfoAccessExtension({ ocsp: url })]),
      ...(wish.extensions ?? []),
    ],
  });
  return certifiedKey(certificate, keys, kind);
}

/** The certificate with which a CA lets a responder sign. */
export const issueResponder = (ca: CertifiedKey, at: number, wish: Wish = {}): Promise<CertifiedKey> =>
  issue(ca, at, 'none', { numbers: [], name: 'OCSP Responder', extendedKeyUsage: [ocspSigning], ...wish });

export interface NationalPki {
  readonly at: number;
  readonly root: CertifiedKey;
  /** EC, for citizens. */
  readonly citizenCa: CertifiedKey;
  /** RSA, for residents. */
  readonly foreignerCa: CertifiedKey;
  /** Another PKI with the very same names. */
  readonly strangeRoot: CertifiedKey;
  readonly strangeCa: CertifiedKey;
}

/** @param at the instant (ms) around which everything is valid */
export async function createNationalPki(at: number): Promise<NationalPki> {
  const names = (name: string, number?: string): x509.JsonName => [
    { C: ['BE'] },
    { CN: [name] },
    ...(number === undefined ? [] : [{ '2.5.4.5': [number] }]),
  ];
  const root = await createCa(names('Test Root CA6'), at);
  const strangeRoot = await createCa(names('Test Root CA6'), at);
  return {
    at,
    root,
    citizenCa: await createCa(names('Citizen CA', '202002'), at, root),
    foreignerCa: await createCa(names('Foreigner CA', '202003'), at, root, { kind: 'RSA-2048' }),
    strangeRoot,
    strangeCa: await createCa(names('Citizen CA', '202002'), at, strangeRoot),
  };
}
