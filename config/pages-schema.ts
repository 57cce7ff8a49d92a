/** What the pages show of a deployment: addresses, and whom people ask. */
import { z } from 'zod';
import { text, texts, webUrl } from './value-types.ts';

const links = z.strictObject({
  help: webUrl().optional().describe('Help desk, shown where the product cannot help any more.'),
  myKeys: webUrl().optional().describe('Where people look after their keys.'),
});

const helpDesk = z
  .strictObject({
    name: texts().optional().describe('How people know it; default: the word for a help desk.'),
    telephone: text('a telephone number')
      .regex(/^\+?[\d ()./-]{3,30}$/)
      .meta({ expects: 'a telephone number, as people are to read it' })
      .optional()
      .describe('As people are to read it; on a telephone it can be called by a tap.'),
    hours: texts().optional().describe('When somebody answers.'),
    reports: z
      .email()
      .meta({ expects: 'a mail address' })
      .optional()
      .describe('A mailbox of the help desk, on no page: it is told at once when a person says *This was not me*.'),
  })
  .refine((given) => Object.values(given).some((value) => value !== undefined), {
    error: 'a name, a telephone number or hours',
  });

export const onThePages = {
  links: links.prefault({}).describe('Addresses shown on the pages.'),
  helpDesk: helpDesk
    .optional()
    .describe('Whom people ask: at the foot of every page, and large where a sign-in cannot go on.'),
};
