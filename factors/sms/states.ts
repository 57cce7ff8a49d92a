/** What is kept of a number that is a key, and of codes under way. */
import { z } from 'zod';
import { sentCode } from '../kit/one-time-code.ts';
import { isKeptNumber } from '../kit/phone-number.ts';
import { spentChallenges } from '../kit/spent-challenges.ts';

/** E.164. A code has proved that the person has this number. */
export const number = z.string().refine(isKeptNumber);

/**
 * Which version of the risk notice was accepted (`risk-notice.ts`; 0: none of ours, the key was imported), and when
 * (ms).
 */
export const acceptedRisk = z.strictObject({ notice: z.int().min(0), at: z.int().min(0) });
export type AcceptedRisk = z.infer<typeof acceptedRisk>;

export const secret = z.strictObject({
  version: z.literal(1),
  number: z.string().regex(/^\+[1-9][0-9]{6,14}$/),
  acceptedRisk,
  spent: spentChallenges,
});
export type Secret = z.infer<typeof secret>;

/** First the number, then the code that was sent to it. */
export const pending = z.discriminatedUnion('stage', [
  z.strictObject({ version: z.literal(1), stage: z.literal('number') }),
  z.strictObject({ version: z.literal(1), stage: z.literal('code'), number, acceptedRisk, sent: sentCode }),
]);
export type Pending = z.infer<typeof pending>;

export const challenge = z.strictObject({ version: z.literal(1), sent: sentCode });
export type Challenge = z.infer<typeof challenge>;

/** A proof is the same for every number. */
export type Facts = Readonly<Record<string, never>>;

/** A key for export and import, without the answered challenges. */
export const transferred = z.strictObject({ number, acceptedRisk: acceptedRisk.default({ notice: 0, at: 0 }) });
