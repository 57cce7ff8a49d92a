import { z } from 'zod';
import { sentCode } from '../kit/one-time-code.ts';
import { spentChallenges } from '../kit/spent-challenges.ts';

/** One mailbox: no white space, no list. That it exists was proven by a code. */
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

/** Nothing about a proof differs from one mailbox to another. */
export type Facts = Readonly<Record<string, never>>;

/** A key as it is moved from one installation to another: what was answered here cannot be asked there. */
export const transferred = z.strictObject({ address });
