/** What a deployment may set of cards of codes. */
import { z } from 'zod';
import { codeDigits } from '../kit/one-time-code.ts';

export const settings = z
  .strictObject({
    /** 6 digits are 20 bits: the least that NIST SP 800-63B-4 §3.1.2.1 allows, and what people are used to. */
    digits: codeDigits.default(6).describe('Digits of a code.'),
    /** 48 is what a card of this size holds in a legible print. */
    count: z.int().min(8).max(48).default(24).describe('Codes on one card.'),
    reuse: z
      .enum(['single-use', 'reusable'])
      .default('single-use')
      .describe('`reusable`: a code may be asked for again. Such a card is worth `low`, whatever else is set.'),
    warnAt: z
      .int()
      .min(1)
      .max(47)
      .default(5)
      .describe('With this many codes left, the person is told to ask for a new card.'),
  })
  .refine(({ count, warnAt }) => warnAt < count, { path: ['warnAt'], error: 'less than `count`' });
export type Settings = z.infer<typeof settings>;
