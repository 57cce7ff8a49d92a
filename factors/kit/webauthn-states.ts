/** The states of the WebAuthn factors. All share one format, because they are one family and read each other's keys. */
import { z } from 'zod';
import { spentChallenges } from './spent-challenges.ts';

export const family = 'webauthn';
/**
 * The single field of every form: the answer of the browser's key, as JSON. An attestation with a certificate chain has
 * some kilobytes.
 */
export const answerField = 'credential';
export const longestAnswer = 12_288;
/** ms that a question may be answered (NIST SP 800-63B-4 asks for "short"; WebAuthn §15.1 advises five minutes). */
export const patience = 5 * 60_000;

export const base64url = (shortest: number, longest: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]*$/)
    .min(shortest)
    .max(longest);

/** WebAuthn §4: at most 1,023 bytes; 16 at least (§6.1). */
export const credentialId = base64url(22, 1_364);
const challengeValue = base64url(43, 43);
/** 32 random bytes that identify the person (§14.6.1): never a name or an address. */
const userHandle = base64url(43, 43);
const instant = z.int().min(0);

export const transports = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal'] as const;
export const formats = ['none', 'packed', 'tpm', 'android-key', 'android-safetynet', 'fido-u2f', 'apple'] as const;

export const secret = z.strictObject({
  version: z.literal(1),
  id: credentialId,
  /** COSE_Key (RFC 9052 §7). */
  publicKey: base64url(40, 4_000),
  counter: z.int().min(0).max(0xffff_ffff),
  transports: z.array(z.enum(transports)).max(transports.length),
  userHandle,
  /** Flag BE: it may be copied to other devices. Never changes (§6.1.3). */
  synced: z.boolean(),
  /** Flag BS: it is copied now. */
  backedUp: z.boolean(),
  /** The model as the key reports it; proved only if `attested`. */
  aaguid: z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  format: z.enum(formats),
  /** Whether its maker confirmed it, by a certificate that the deployment trusts. */
  attested: z.boolean(),
  spent: spentChallenges,
});
export type Secret = z.infer<typeof secret>;

export const pending = z.strictObject({
  version: z.literal(1),
  challenge: challengeValue,
  at: instant,
  userHandle,
});
export type Pending = z.infer<typeof pending>;

export const challenge = z.strictObject({
  version: z.literal(1),
  challenge: challengeValue,
  at: instant,
  /** No key was named: the key must identify the account itself. */
  usernameless: z.boolean(),
  /** The keys that may answer; none if no key was named. */
  ids: z.array(credentialId).max(64),
});
export type Challenge = z.infer<typeof challenge>;

/** The facts that one answer has shown. */
export interface Facts {
  readonly userVerified: boolean;
  readonly synced: boolean;
  readonly attested: boolean;
}
