/** What a deployment may set of codes by mail. */
import { z } from 'zod';
import { codeDigits } from '../kit/one-time-code.ts';

export const settings = z.strictObject({
  /**
   * 6 digits are 20 bits: enough for a code that lives minutes under limits of guessing (NIST SP 800-63B-4 §3.1.3.2).
   */
  digits: codeDigits.default(6).describe('Digits of a code.'),
  lifetimeMinutes: z.int().min(1).max(10).default(5).describe('How long a code may be entered.'),
});
export type Settings = z.infer<typeof settings>;
