import { z } from 'zod';
import { sentCode } from '../kit/one-time-code.ts';
import { isKeptNumber } from '../kit/phone-number.ts';
import { spentChallenges } from '../kit/spent-challenges.ts';

/** E.164. That it is the person's own was proven by a code. */
export const number = z.string().refine(isKeptNumber);

/** Which wording of the risk was accepted (`risk-notice.ts`; 0: none of ours, the key was brought from elsewhere), and when (ms). */
export const acceptedRisk = z.strictObject({ notice: z.int().min(0), at: z.int().min(0) });
export type AcceptedRisk = z.infer<typeof acceptedRisk>;

export const secret = z.strictObject({
  version: z.literal(1),
  number: z.string().regex(/^\+[1-9][0-9]{6,14}$/),
  acceptedRisk,
  spent: spentChallenges,
});
export type Secret = z.infer<typeof secret>;

/** First the number is asked for, then the code that was sent to it. */
export const pending = z.discriminatedUnion('stage', [
  z.strictObject({ version: z.literal(1), stage: z.literal('number') }),
  z.strictObject({ version: z.literal(1), stage: z.literal('code'), number, acceptedRisk, sent: sentCode }),
]);
export type Pending = z.infer<typeof pending>;

export const challenge = z.strictObject({ version: z.literal(1), sent: sentCode });
export type Challenge = z.infer<typeof challenge>;

/** Nothing about a proof differs from one number to another. */
export type Facts = Readonly<Record<string, never>>;

/** A key as it is moved from one installation to another: what was answered here cannot be asked there. */
export const transferred = z.strictObject({ number, acceptedRisk: acceptedRisk.default({ notice: 0, at: 0 }) });
