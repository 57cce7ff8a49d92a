/** What is kept of a mailbox that is a key, and of codes under way. */
import { z } from 'zod';
import { sentCode } from '../kit/one-time-code.ts';
import { spentChallenges } from '../kit/spent-challenges.ts';

/** One mailbox: no white space, no list. A code has proved that it exists. */
export const address = z
  .string()
  .max(254)
  .regex(/^[^\s@,;:<>()"\\\p{C}]+@[^\s@,;:<>()"\\\p{C}]+$/u);

export const secret = z.strictObject({ version: z.literal(1), address, spent: spentChallenges });
export type Secret = z.infer<typeof secret>;

export const pending = z.strictObject({ version: z.literal(1), address, sent: sentCode });
export type Pending = z.infer<typeof pending>;

export const challenge = z.strictObject({ version: z.literal(1), sent: sentCode });
export type Challenge = z.infer<typeof challenge>;

/** A proof is the same for every mailbox. */
export type Facts = Readonly<Record<string, never>>;

/** A key for export and import, without the answered challenges. */
export const transferred = z.strictObject({ address });
