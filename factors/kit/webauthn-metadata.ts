/**
 * FIDO metadata from a file of the operator: which roots vouch for which model. Read once per file; nothing is fetched, and the signature of a
 * downloaded file is not checked again: whoever puts it there vouches for it.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export interface Model {
  /** DER. */
  readonly roots: readonly Buffer[];
  /** The maker or FIDO says that it must not be relied on. */
  readonly fallen: boolean;
}
/** By AAGUID. */
export type Metadata = ReadonlyMap<string, Model>;

const statement = z.looseObject({
  aaguid: z.string().toLowerCase().optional(),
  attestationRootCertificates: z.array(z.string()).default([]),
});
/** FIDO Metadata Service v3.1 §3.1. Entries of older protocols have no AAGUID, and nothing that we could tell them by. */
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

/** §3.1.4: from here on its attestation proves nothing. */
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

/** Throws an Error when it is none. */
export function parseMetadata(text: string): Metadata {
  const parts = text.trim().split('.');
  // A signed file: the payload of a JWS (RFC 7515 §7.1).
  const signed = parts.length === 3 && !text.trimStart().startsWith('{') && !text.trimStart().startsWith('[');
  const json = signed ? Buffer.from(parts[1] ?? '', 'base64url').toString('utf8') : text;
  const read = anyOf.parse(JSON.parse(json));
  const models = new Map<string, Model>();
  for (const { aaguid, metadataStatement, statusReports } of read.entries) {
    const id = aaguid ?? metadataStatement?.aaguid;
    if (id === undefined) continue;
    const roots = (metadataStatement?.attestationRootCertificates ?? []).map((one) => Buffer.from(one, 'base64'));
    models.set(id, { roots, fallen: statusReports.some(({ status }) => fatal.has(status)) });
  }
  return models;
}
