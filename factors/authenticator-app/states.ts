import { z } from 'zod';

/** Base32 (RFC 4648 §6) without padding. Ours have 160 bits; of those that come from elsewhere the settings say how few are taken, 80 at the least. */
const base32 = z.string().regex(/^[A-Z2-7]{16,128}$/);

/** What the app computes with; absent members are what nearly every app has: SHA-1, six digits, 30 s (RFC 6238 §1.2, RFC 4226 §5.3). */
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

/** The app needs no question. */
export const challenge = z.strictObject({ version: z.literal(1) });
export type Challenge = z.infer<typeof challenge>;

export type Facts = Readonly<Record<string, never>>;

/** Bits that a secret in base32 has: five a letter, whole bytes. */
export const bitsOf = (written: string): number => Math.floor((written.length * 5) / 8) * 8;

const usual =
  <T>(value: T) =>
  (given: T | undefined) =>
    given === value ? undefined : given;

/**
 * A key as it is moved from one installation to another. The secret may be grouped, padded and in small letters; the algorithm as it stands in an
 * `otpauth:` address (`SHA1`, `SHA256`, `SHA512`) or with a hyphen. What is usual is left out.
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
