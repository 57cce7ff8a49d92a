/** What a deployment may set of text messages. */
import { z } from 'zod';
import { codeDigits } from '../kit/one-time-code.ts';
import { isCountry } from '../kit/phone-number.ts';

export const settings = z.strictObject({
  /**
   * 6 digits are 20 bits: enough for a code that lives minutes under limits of guessing (NIST SP 800-63B-4 §3.1.3.2).
   */
  digits: codeDigits.default(6).describe('Digits of a code.'),
  lifetimeMinutes: z.int().min(1).max(10).default(5).describe('How long a code may be entered.'),
  homeCountry: z
    .string()
    .refine((code) => isCountry(code))
    .meta({ expects: 'a country, two capital letters (ISO 3166-1)' })
    .optional()
    .describe(
      'The country whose numbers people may type without country code. Without it a number begins with `+` or `00`.',
    ),
  strength: z
    .enum(['low', 'substantial'])
    .default('substantial')
    .describe(
      'What a code by text message is worth. It proves that one has the telephone, which a code by e-mail does not, but numbers can be taken over: with `low` it opens no more than a code by e-mail.',
    ),
});
export type Settings = z.infer<typeof settings>;
