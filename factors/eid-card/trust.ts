/**
 * Whose cards are accepted. A country is a file: `trust/be.yaml` says what its certificates are like, and a folder of
 * the operator has the certificates of its issuing CAs, each of which must lead to a fingerprint in the file. Read
 * once; nothing is fetched.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';
import { tokenAlgorithms } from './algorithms.ts';
import { isIssuedBy, readCertificate, type ReadCertificate } from './read-certificate.ts';

const oid = z.string().regex(/^[0-2](\.\d+)+$/, 'must be an OID');
const mostListBytes = 4 * 1024 * 1024;
const seconds = (most: number) => z.int().min(0).max(most);

/** Asking must end early enough for a page within five seconds. */
const common = {
  /** `host` or `host:port` that may be asked. */
  hosts: z.array(z.string().min(1)).min(1),
  /** Asked instead of the address that the certificate names. */
  url: z.url().optional(),
  timeoutSeconds: seconds(4).min(1),
  skewSeconds: seconds(300),
};
const ocsp = z.strictObject({
  ...common,
  nonce: z.boolean(),
  /** Of the hosts, those that answer without the nonce although the others send it. */
  withoutNonce: z.array(z.string().min(1)).default([]),
  maxAgeSeconds: seconds(86_400),
  /** How long a good answer is used again; never longer than it says itself. */
  cacheSeconds: seconds(3_600),
});
export type OcspRules = z.infer<typeof ocsp>;

const crl = z.strictObject({
  ...common,
  /** Of the whole list; four MiB hold some 80,000 revoked cards. */
  mostBytes: z.int().min(1_024).max(mostListBytes),
  /** A list that was made longer ago counts no more, though it says so. */
  maxAgeSeconds: seconds(30 * 86_400).min(60),
  /** How long a list is used again; never longer than it says itself. */
  cacheSeconds: seconds(86_400),
});
export type CrlRules = z.infer<typeof crl>;

const country = z
  .strictObject({
    /** ISO 3166-1, as in the subject of its certificates. */
    country: z.string().regex(/^[A-Z]{2}$/),
    /** The eIDAS level of the scheme, and where it was notified. */
    level: z.enum(['low', 'substantial', 'high']),
    notified: z.string().min(1),
    algorithms: z.array(z.enum(tokenAlgorithms)).min(1),
    /** One of these must be in the certificate; none here: any that is not refused everywhere. */
    policies: z.array(oid),
    /**
     * What `serialNumber` of the subject is: the number alone, or with the ETSI prefix `PNO<country>-` (EN 319 412-1).
     */
    identifier: z.strictObject({ prefix: z.boolean(), pattern: z.string().min(1) }),
    /** SHA-256 of certificates: an issuing CA must be one of these, or be signed by one that lies beside it. */
    pinned: z.array(z.string().regex(/^[0-9a-f]{64}$/, 'must be SHA-256, 64 hexadecimal digits')).min(1),
    /** How it is found out whether a card was revoked: one of the two. */
    ocsp: ocsp.optional(),
    crl: crl.optional(),
  })
  .refine((given) => (given.ocsp === undefined) !== (given.crl === undefined), {
    error: 'must say `ocsp` or `crl`, and only one of them',
  });
export type CountryRules = z.infer<typeof country>;

export interface Issuer {
  readonly rules: CountryRules;
  readonly certificate: ReadCertificate;
  /** Designated responders, by their certificates (DER). */
  readonly responders: readonly Buffer[];
}
export interface Trust {
  readonly countries: readonly CountryRules[];
  readonly issuers: readonly Issuer[];
}

const own = join(import.meta.dirname, 'trust');
const kept = new Map<string, Trust>();

export interface TrustPlaces {
  /** Names of files without `.yaml`. */
  readonly countries: readonly string[];
  /** A folder with a folder for each country, in which its CA certificates are (PEM or DER). */
  readonly certificates: string;
  /** Where further country files are; they come before ours. */
  readonly countryFiles?: string | undefined;
}

/** Throws an Error that says which file is wrong, and how. */
export function readTrust(places: TrustPlaces): Trust {
  const key = JSON.stringify([places.countries, places.certificates, places.countryFiles]);
  let known = kept.get(key);
  if (known === undefined) {
    const all = places.countries.map((name) => readCountry(places, name));
    known = { countries: all.map(({ rules }) => rules), issuers: all.flatMap(({ issuers }) => issuers) };
    kept.set(key, known);
  }
  return known;
}

function readCountry({ certificates, countryFiles }: TrustPlaces, name: string) {
  const files = [countryFiles, own].flatMap((folder) => (folder === undefined ? [] : [join(folder, `${name}.yaml`)]));
  const file = files.find((path) => existsSync(path));
  if (file === undefined) throw new Error(`there is no file for the country ${name}`);
  const read = country.safeParse(parse(readFileSync(file, 'utf8')));
  if (!read.success) throw new Error(`${file}: ${z.prettifyError(read.error).replaceAll('\n', ' ')}`);
  const folder = join(certificates, name);
  const found = certificatesIn(folder);
  const issuers = found.flatMap(({ path, der }) => {
    const certificate = readCertificate(der);
    if (certificate === undefined) throw new Error(`${path} cannot be read as a certificate`);
    return [{ path, certificate }];
  });
  const pinned = issuers.filter(({ certificate }) => isPinned(certificate, read.data));
  for (const { path, certificate } of issuers)
    if (!isPinned(certificate, read.data) && !pinned.some((one) => isIssuedBy(certificate, one.certificate)))
      throw new Error(`${path} does not lead to a pinned certificate of ${name}.yaml`);
  // A root signs no cards. One that is pinned and not self-signed is an issuing CA.
  const issuing = issuers.filter(({ certificate }) => !certificate.issuer.equals(certificate.subject));
  if (issuing.length === 0) throw new Error(`${folder} has no certificate of an issuing CA`);
  const responders = existsSync(join(folder, 'responders'))
    ? certificatesIn(join(folder, 'responders')).map(({ der }) => der)
    : [];
  return {
    rules: read.data,
    issuers: issuing.map(({ certificate }) => ({ rules: read.data, certificate, responders })),
  };
}

const isPinned = ({ x509 }: ReadCertificate, { pinned }: CountryRules): boolean =>
  pinned.includes(x509.fingerprint256.replaceAll(':', '').toLowerCase());

function certificatesIn(folder: string): readonly { readonly path: string; readonly der: Buffer }[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /\.(pem|cer|crt|der)$/i.test(name)) : [];
  return names.sort().map((name) => {
    const path = join(folder, name);
    try {
      return { path, der: new X509Certificate(readFileSync(path)).raw };
    } catch (error) {
      throw new Error(`${path} is no certificate`, { cause: error });
    }
  });
}
