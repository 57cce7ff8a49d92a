/**
 * What is known of a national provider: a preset is a file (`presets/itsme.yaml`), and a deployment may have its own
 * beside ours. Read once.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const levels = ['low', 'substantial', 'high'] as const;
const level = z.enum(levels);
const authentications = ['private_key_jwt', 'tls_client_auth', 'client_secret_post', 'client_secret_basic'] as const;
export type Authentication = (typeof authentications)[number];
/** Signatures of ID tokens and of our assertions: asymmetric ones only (RFC 7518 §3.1). */
const signatures = ['RS256', 'PS256', 'ES256', 'ES384'] as const;

export const preset = z.strictObject({
  /** What people know it as, in every language. */
  name: z.string().min(1).max(40),
  /** Absent: the deployment names it. */
  issuer: z.url().optional(),
  /** At which eIDAS level, and where that is said. */
  notified: z.string().min(1),
  scope: z.string().min(1),
  /** How we may identify ourselves, best first: the first one for which the deployment has keys. */
  authentication: z.array(z.enum(authentications)).min(1),
  /** `aud` of our assertion. */
  assertionAudience: z.enum(['issuer', 'token-endpoint']),
  signing: z.enum(signatures),
  /** Present: an ID token that is not encrypted like this is refused. */
  encryption: z
    .strictObject({
      algorithm: z.enum(['RSA-OAEP-256', 'RSA-OAEP', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW']),
      content: z.array(z.enum(['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'])).min(1),
    })
    .optional(),
  acr: z.strictObject({
    ask: z.array(z.string().min(1)).min(1),
    /** What each `acr` is worth (eIDAS); any other one is refused. */
    levels: z.record(z.string(), level),
    /** An answer without `acr`: refused, or this level. */
    absent: z.union([z.literal('refuse'), level]),
  }),
  /** Its `amr` values that we pass on (RFC 8176 §2). */
  amr: z.array(z.string()).default([]),
  /** Further parameters of the request. */
  parameters: z.record(z.string(), z.string()),
  /** The person must have been asked there within this time; the answer must say when (`auth_time`). */
  maxAgeSeconds: z.int().min(0).max(3_600).optional(),
});
export type Preset = z.infer<typeof preset>;

const own = join(import.meta.dirname, 'presets');
const kept = new Map<string, Preset>();

/** Throws an Error that says which file is wrong, and how. @param folder of the deployment, which comes before ours */
export function readPreset(name: string, folder: string | undefined): Preset {
  const key = JSON.stringify([name, folder]);
  const known = kept.get(key);
  if (known) return known;
  const file = [folder, own]
    .flatMap((one) => (one === undefined ? [] : [join(one, `${name}.yaml`)]))
    .find((path) => existsSync(path));
  if (file === undefined) throw new Error(`there is no preset ${name}`);
  const read = preset.safeParse(parse(readFileSync(file, 'utf8')));
  if (!read.success) throw new Error(`${file}: ${z.prettifyError(read.error).replaceAll('\n', ' ')}`);
  kept.set(key, read.data);
  return read.data;
}
