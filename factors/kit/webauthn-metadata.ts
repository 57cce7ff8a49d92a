/**
 * FIDO metadata from a file of the operator: the trusted roots of each model. Read once per file; nothing is fetched.
 * The signature of a signed file is checked here; the signer's certificate in `webauthn-trust.ts`, which has a
 * clock. @simplewebauthn's `verifyMDSBlob` was weighed: it asks the machine's clock and fetches revocation lists from
 * the network, and cannot run while settings are read.
 */
import { verify, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export interface Model {
  /** DER. */
  readonly roots: readonly Buffer[];
  /** The maker or FIDO says that this model must not be trusted. */
  readonly fallen: boolean;
}
export interface Metadata {
  /** By AAGUID. */
  readonly models: ReadonlyMap<string, Model>;
  /** Certificates (DER) of the signer of the file, the signer's first; absent: the file is not signed. */
  readonly signers?: readonly Uint8Array[];
}

const statement = z.looseObject({
  aaguid: z.string().toLowerCase().optional(),
  attestationRootCertificates: z.array(z.string()).default([]),
});
/** FIDO Metadata Service v3.1 §3.1. Entries of older protocols have no AAGUID. */
const payload = z.looseObject({
  entries: z.array(
    z.looseObject({
      aaguid: z.string().toLowerCase().optional(),
      metadataStatement: statement.optional(),
      statusReports: z.array(z.looseObject({ status: z.string() })).default([]),
    }),
  ),
});
const anyOf = z.union([
  payload,
  z.array(statement).transform((all) => ({ entries: all.map((one) => entryOf(one)) })),
  statement.refine(({ aaguid }) => aaguid !== undefined).transform((one) => ({ entries: [entryOf(one)] })),
]);
const entryOf = (metadataStatement: z.infer<typeof statement>) => ({
  aaguid: metadataStatement.aaguid,
  metadataStatement,
  statusReports: [] as { readonly status: string }[],
});

/** §3.1.4: statuses with which the attestation of a model proves nothing. */
const fatal: ReadonlySet<string> = new Set([
  'REVOKED',
  'USER_VERIFICATION_BYPASS',
  'ATTESTATION_KEY_COMPROMISE',
  'USER_KEY_REMOTE_COMPROMISE',
  'USER_KEY_PHYSICAL_COMPROMISE',
]);

const kept = new Map<string, Metadata>();

/** Throws an Error that says what is wrong with the file. */
export function readMetadata(file: string): Metadata {
  let known = kept.get(file);
  if (known === undefined) {
    known = parseMetadata(readFileSync(file, 'utf8'));
    kept.set(file, known);
  }
  return known;
}

/** Throws an Error if the file is not metadata, or if its signature is invalid. */
export function parseMetadata(text: string): Metadata {
  const parts = text.trim().split('.');
  const isSigned = parts.length === 3 && !/^\s*[{[]/.test(text);
  const json = isSigned ? decode(parts[1]).toString('utf8') : text;
  const signers = isSigned ? signersOf(parts) : undefined;
  const read = anyOf.parse(JSON.parse(json));
  const models = new Map<string, Model>();
  for (const { aaguid, metadataStatement, statusReports } of read.entries) {
    const id = aaguid ?? metadataStatement?.aaguid;
    if (id === undefined) continue;
    const roots = (metadataStatement?.attestationRootCertificates ?? []).map((one) => Buffer.from(one, 'base64'));
    models.set(id, { roots, fallen: statusReports.some(({ status }) => fatal.has(status)) });
  }
  return { models, ...(signers && { signers }) };
}

/** RFC 7515 §4.1.6: the certificate of the key that signed is the first. */
const signedBy = z.looseObject({ alg: z.enum(['ES256', 'RS256']), x5c: z.array(z.string()).min(1).max(6) });
const decode = (part = ''): Buffer => Buffer.from(part, 'base64url');

/** Reads a JWS (RFC 7515 §7.1; FIDO Metadata Service v3.1 §3.1.7); throws if its signature is invalid. */
function signersOf([header = '', payload = '', signature]: readonly string[]): readonly Uint8Array[] {
  const { alg, x5c } = signedBy.parse(JSON.parse(decode(header).toString('utf8')));
  const signers = x5c.map((one) => Buffer.from(one, 'base64'));
  const { publicKey } = new X509Certificate(signers[0] ?? Buffer.alloc(0));
  const fits = publicKey.asymmetricKeyType === (alg === 'ES256' ? 'ec' : 'rsa');
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  if (!fits || !verify('sha256', Buffer.from(`${header}.${payload}`), key, decode(signature)))
    throw new Error('The signature of the metadata does not hold.');
  return signers;
}
