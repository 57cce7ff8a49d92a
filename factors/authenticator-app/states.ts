import { z } from 'zod';

/** Base32 (RFC 4648 §6) without padding: 128 bits at least (RFC 4226 §4 R6), ours have 160. */
const base32 = z.string().regex(/^[A-Z2-7]{26,128}$/);

export const secret = z.strictObject({
  version: z.literal(1),
  secret: base32,
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

/** A key as it is moved from one installation to another; the secret may be grouped, padded and in small letters. */
export const transferred = z.strictObject({
  secret: z
    .string()
    .max(256)
    .transform((typed) => typed.toUpperCase().replaceAll(/[\s=-]/g, ''))
    .pipe(base32),
  lastStep: z.int().min(0).default(0),
});
