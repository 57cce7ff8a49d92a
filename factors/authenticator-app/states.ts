/** What is kept of an app that is a key, and of one that is being activated. */
import { z } from 'zod';

/**
 * Base32 (RFC 4648 §6) without padding. Our own secrets have 160 bits; the settings give the minimum of imported ones,
 * at least 80.
 */
const base32 = z.string().regex(/^[A-Z2-7]{16,128}$/);

/**
 * The app's parameters; absent members have the usual values: SHA-1, six digits, 30 s (RFC 6238 §1.2, RFC 4226 §5.3).
 */
const shape = {
  algorithm: z.enum(['sha256', 'sha512']).optional(),
  digits: z.union([z.literal(7), z.literal(8)]).optional(),
  /** Seconds. */
  period: z.int().min(15).max(120).optional(),
};
export interface Shape {
  readonly algorithm?: 'sha256' | 'sha512' | undefined;
  readonly digits?: 7 | 8 | undefined;
  readonly period?: number | undefined;
}

export const secret = z.strictObject({
  version: z.literal(1),
  secret: base32,
  ...shape,
  /** The newest time step that was accepted: only later ones count (RFC 6238 §5.2). */
  lastStep: z.int().min(0),
});
export type Secret = z.infer<typeof secret>;

export const pending = z.strictObject({ version: z.literal(1), secret: base32 });
export type Pending = z.infer<typeof pending>;

/** The app needs no challenge. */
export const challenge = z.strictObject({ version: z.literal(1) });
export type Challenge = z.infer<typeof challenge>;

export type Facts = Readonly<Record<string, never>>;

/** Bits of a base32 secret: five for each letter, whole bytes. */
export const bitsOf = (written: string): number => Math.floor((written.length * 5) / 8) * 8;

const usual =
  <T>(value: T) =>
  (given: T | undefined) =>
    given === value ? undefined : given;

/**
 * A key for export and import. The secret may be grouped, padded and in lower case; the algorithm as in an `otpauth:`
 * address (`SHA1`, `SHA256`, `SHA512`) or with a hyphen. Usual parameters are left out.
 */
export const transferred = z.strictObject({
  secret: z
    .string()
    .max(256)
    .transform((typed) => typed.toUpperCase().replaceAll(/[\s=-]/g, ''))
    .pipe(base32),
  algorithm: z
    .string()
    .max(20)
    .transform((written) => written.toLowerCase().replace(/^(hmac-?)?sha-?/, 'sha'))
    .pipe(z.enum(['sha1', 'sha256', 'sha512']))
    .transform((name) => (name === 'sha1' ? undefined : name))
    .optional(),
  digits: z
    .union([z.literal(6), z.literal(7), z.literal(8)])
    .transform(usual<6 | 7 | 8>(6))
    .optional(),
  period: z.int().min(15).max(120).transform(usual(30)).optional(),
  lastStep: z.int().min(0).default(0),
});
