/** Settings of the activation by a mailed link and a paper code. */
import { z } from 'zod';
import { defaults } from './defaults.ts';
import { count, text, texts } from './value-types.ts';

export const longestActivation = 60;

const terms = z.strictObject({
  version: text('a name of this version, such as 2026-12').describe('Kept with the account, and the moment with it.'),
  text: texts().describe('What people accept, in each language; an empty line begins a paragraph.'),
  askAgain: z
    .boolean()
    .default(false)
    .describe('Whether people who accepted another version are asked at their next sign-in.'),
});

export const activationSchema = (factorIds: readonly [string, ...string[]]) =>
  z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          'Whether people come in by a mailed link and a code on paper, at `/activate` of the issuer (`rekey person activation`). It is the relying party `rekey-activation`, which needs no entry of its own.',
        ),
      days: count(1, longestActivation)
        .default(defaults.activation.days)
        .describe('How long link and code can be used.'),
      factors: z
        .array(z.enum(factorIds))
        .min(1)
        .optional()
        .describe('Which keys can be activated in this way. Default: all that people can activate themselves.'),
      terms: terms.optional().describe('Terms of use, which are accepted with the first key. Absent: none.'),
    })
    .prefault({})
    .describe('How people come in from a registration desk, for the first time or after they lost every key.');
