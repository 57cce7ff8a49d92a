/** What the pages show of a deployment: its look, addresses, and whom people ask. */
import { z } from 'zod';
import { defaults } from './defaults.ts';
import { languages, path, text, texts, webUrl, webUrls } from './value-types.ts';

const links = z.strictObject({
  help: webUrls().optional().describe('Help desk, shown where the product cannot help any more.'),
  myKeys: webUrl().optional().describe('Where people look after their keys.'),
  accessibility: webUrls()
    .optional()
    .describe('The accessibility statement, at the foot of every page: public bodies must have one.'),
  privacy: webUrls().optional().describe('What happens with personal data, at the foot of every page.'),
  terms: webUrls().optional().describe('Terms of use, at the foot of every page.'),
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
    link: webUrls().optional().describe('Its own page: a form, a chat, an address.'),
  })
  .refine((given) => Object.values(given).some((value) => value !== undefined), {
    error: 'a name, a telephone number, hours or a link',
  });

const branding = z.strictObject({
  logo: path()
    .optional()
    .describe(
      'A picture before the name on every page: SVG without scripts and without references to elsewhere, or PNG; of 32,768 bytes at most. Relative to this file.',
    ),
  logoDark: path().optional().describe('The same on dark grounds. Default: `logo` on a light plate.'),
  favicon: path().optional().describe('The picture in the browser’s tab, 16,384 bytes at most. Default: `logo`.'),
  accent: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/)
    .meta({ expects: 'a colour such as "#0b5f5a", in quotes' })
    .optional()
    .describe(
      'The colour of buttons, links and lines. Its contrast with the light grounds must be 4.5 : 1 or more (WCAG 2.2 AA); the shades, and the colours of dark pages, follow from it.',
    ),
});

const furtherLanguages = z
  .record(
    z
      .string()
      .regex(/^[a-z]{2,3}$/)
      .refine((code) => !languages.some((known) => known === code))
      .meta({ expects: 'the code of a language that the product does not have, such as `es`' }),
    z.enum(languages),
  )
  .default({});

export const onThePages = {
  texts: path()
    .optional()
    .describe(
      'Folder of your own words: `<language>.json` with the texts that differ from those of `views/locales`, `factors/<id>/<language>.json` for a factor’s, `mail.hbs` and `mail-text.hbs` for the layout of mails. Relative to this file. `rekey texts check` says what is in it.',
    ),
  furtherLanguages: furtherLanguages.describe(
    'Languages beside nl, fr, de and en, whose catalogues stand in `texts`, and the one that stands in for what is not translated: `es: en`.',
  ),
  formOfAddress: z
    .enum(['formal', 'informal'])
    .default(defaults.formOfAddress)
    .describe(
      'How pages, mails and cards address people in Dutch, French and German: formally (u, vous, Sie) or informally (je, tu, du). English has one form.',
    ),
  branding: branding.prefault({}).describe('How pages and mails look. The name is `name`.'),
  links: links.prefault({}).describe('Addresses shown on the pages: one, or one for each language.'),
  helpDesk: helpDesk
    .optional()
    .describe('Whom people ask: at the foot of every page, and large where a sign-in cannot go on.'),
};

export const usernameKind = z
  .enum(['name', 'email', 'number'])
  .default(defaults.signIn.username)
  .describe(
    'What people know as their user name, so that the field is called that and a telephone shows the right keyboard: a name, their e-mail address, or a number. It does not change who is known by what.',
  );
