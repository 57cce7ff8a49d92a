/** What a deployment may set of identity cards. */
import { z } from 'zod';
import { linkKeySetting as linkKey } from '../kit/keyed-link.ts';
import { readTrust } from './trust.ts';

const path = () => z.string().min(1).max(1_024).meta({ expects: 'a path', path: true });

export const settings = z
  .strictObject({
    linkKey: linkKey.describe(
      'Key of the digests by which a card is linked to an account. The national number is stored nowhere; without this key its digests say nothing. Keep it outside the database.',
    ),
    earlierLinkKeys: z
      .array(linkKey)
      .max(4)
      .default([])
      .describe('Former values of `linkKey`. A card that was linked under one of them is linked anew at its next use.'),
    countries: z
      .array(z.string().regex(/^[a-z]{2}$/, 'must be a country, two small letters'))
      .min(1)
      .default(['be'])
      .describe('Whose cards are accepted: names of country files, without `.yaml`.'),
    certificates: path().describe(
      'A folder that has, for each country, a folder with the certificates of its issuing CAs (PEM or DER). Each must lead to a pinned one.',
    ),
    countryFiles: path()
      .optional()
      .describe('A folder with country files of your own; a file there comes before ours of the same name.'),
    renewedCard: z
      .enum(['link-again', 'accept'])
      .default('link-again')
      .describe(
        'What a new card of the same person needs. `link-again`: that the person links it, after another key. `accept`: nothing.',
      ),
  })
  .superRefine((given, context) => {
    try {
      readTrust(given);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', path: ['certificates'], message });
    }
  });
export type Settings = z.infer<typeof settings>;
