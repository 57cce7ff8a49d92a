/**
 * How texts address a person: formally (u, vous, Sie) or informally (je, tu, du). The catalogues in `locales/` are
 * formal; those in `locales/informal/` hold what differs, and are laid over them. English has one form.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flatten, type Catalogue, type Catalogues } from './i18n.ts';

export type FormOfAddress = 'formal' | 'informal';

/** Languages that have both forms. */
export const languagesOfTwoForms = ['nl', 'fr', 'de'] as const;

type TwoForms = (typeof languagesOfTwoForms)[number];

/** Words by which a person is addressed formally. In German a sentence may begin with the `Sie` that means they or she. */
const formalWords: Readonly<Record<TwoForms, RegExp>> = {
  nl: /(?<![\p{L}-])(?:[Uu]|[Uu]we?|[Uu]zelf|alstublieft)(?![\p{L}-])/u,
  fr: /(?<!\p{L})(?:vous|votre|vos|vôtres?|faites|dites)(?!\p{L})|(?<!(?<!\p{L})(?:ch|ass))ez(?!\p{L})/iu,
  de: /(?<!\p{L})(?:Sie|Ihnen|Ihr(?:e[mnrs]?)?)(?!\p{L})/u,
};

const hasTwoForms = (language: string): language is TwoForms => languagesOfTwoForms.some((one) => one === language);

/** Whether a text has a word of formal address. */
export const addressesFormally = (language: string, text: string): boolean =>
  hasTwoForms(language) && formalWords[language].test(text);

/** Language → the informal texts. @param folder with the formal catalogues @throws SyntaxError for a file that is no JSON */
export function readInformal(folder: string): Readonly<Record<string, Catalogue>> {
  const found = languagesOfTwoForms.map(
    (language) => [language, join(folder, 'informal', `${language}.json`)] as const,
  );
  return Object.fromEntries(
    found
      .filter(([, file]) => existsSync(file))
      .map(([language, file]) => [language, flatten(JSON.parse(readFileSync(file, 'utf8')))]),
  );
}

/** The catalogues with the informal ones over them. */
export function withInformal(formal: Catalogues, informal: ReturnType<typeof readInformal>): Catalogues {
  const laid = (language: TwoForms): Catalogue => ({ ...formal[language], ...informal[language] });
  return { ...formal, nl: laid('nl'), fr: laid('fr'), de: laid('de') };
}
