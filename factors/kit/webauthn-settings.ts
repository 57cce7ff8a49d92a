/** Settings of all WebAuthn factors, beside those of one factor. */
import { z } from 'zod';
import { readMetadata } from './webauthn-metadata.ts';
import { certificatesIn } from './webauthn-trust.ts';

const aaguid = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'must be an AAGUID: 8-4-4-4-12 hexadecimal digits');

const common = {
  deviceBound: z
    .boolean()
    .default(false)
    .describe('Take only keys that cannot be carried to another device: a synced one is refused.'),
  attestation: z
    .enum(['none', 'any', 'trusted'])
    .default('none')
    .describe(
      'Whether the maker must vouch for the key. `none`: not asked. `any`: asked, and whatever comes is taken. `trusted`: its certificate must lead to a root in `metadata`.',
    ),
  metadata: z
    .string()
    .min(1)
    .max(1_024)
    .meta({ expects: 'a path', path: true })
    .optional()
    .describe(
      'FIDO metadata in a file: what the FIDO metadata service gives, signed, or single statements, as JSON. Nothing is fetched. Only a signed file proves what a key is: names of models, `hwk` and the level `high` need it.',
    ),
  metadataSigners: z
    .string()
    .min(1)
    .max(100_000)
    .meta({ expects: 'certificates, PEM', fromFile: true })
    .optional()
    .describe('Who may sign `metadata`, where it is not FIDO: their root certificates.'),
  aaguids: z
    .array(aaguid)
    .default([])
    .describe('Take only these models, by AAGUID. Default: any. Needs `attestation`; only `trusted` makes it proof.'),
};

export interface DeviceSettings {
  readonly deviceBound: boolean;
  readonly attestation: 'none' | 'any' | 'trusted';
  readonly metadata?: string | undefined;
  readonly metadataSigners?: string | undefined;
  readonly aaguids: readonly string[];
}

/** @param own the further settings of this factor */
export function deviceSettings<Own extends z.ZodRawShape>(own: Own) {
  return z.strictObject({ ...common, ...own }).superRefine((given, context) => {
    const { attestation, metadata, metadataSigners, aaguids } = given as unknown as DeviceSettings;
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (attestation === 'trusted' && metadata === undefined)
      fault('metadata', 'is missing: attestation: trusted needs it');
    if (attestation === 'none' && aaguids.length > 0) fault('aaguids', 'needs attestation: any or trusted');
    if (metadataSigners !== undefined && !areCertificates(metadataSigners))
      fault('metadataSigners', 'must be root certificates, PEM');
    if (metadata === undefined) return;
    try {
      if (readMetadata(metadata).models.size === 0) fault('metadata', 'holds no model');
    } catch {
      fault('metadata', 'cannot be read as FIDO metadata, or its signature does not hold');
    }
  });
}

function areCertificates(pem: string): boolean {
  try {
    return certificatesIn(pem).length > 0;
  } catch {
    return false;
  }
}
