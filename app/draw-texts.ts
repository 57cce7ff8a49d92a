/** Every page in all its states and every mail, in every language, as files: for `rekey texts preview`. */
import type { DrawnTexts } from '../admin/cli/composition.ts';
import type { Services } from '../admin/services.ts';
import { nameOf, writeExample } from '../admin/use-cases/mail-preview.ts';
import type { LanguageCode } from '../views/models.ts';
import { samples } from '../views/samples/all.ts';
import { openDrawing } from './drawing.ts';

export async function drawTexts(services: Services): Promise<DrawnTexts> {
  const { renderer, settings, still, mailZone } = openDrawing(services);
  const isOffered = (id: unknown) => typeof id !== 'string' || services.settings.factors[id]?.enabled === true;
  const pages = renderer.languages.flatMap((language) =>
    samples.flatMap(({ name, page, model }) => {
      // A further language has no example of its own; its words come with the language of the page.
      const example = { ...model(exampleIn(language)), language } as ReturnType<typeof model>;
      const shown = onlyOffered(example, isOffered) as typeof example;
      if (!isOffered((shown as { readonly factor?: unknown }).factor)) return [];
      const helpDesk = settings.helpDesk?.(language);
      const around = {
        ...shown,
        languages: [],
        product: settings.name[language],
        links: settings.links(language),
        ...(helpDesk && { helpDesk }),
      } as typeof example;
      return [{ language, file: `page.${name}.${language}.html`, text: still(renderer.page(page, around)) }];
    }),
  );
  const facts = {
    ...services,
    zone: await mailZone(),
    dated: Object.keys(await services.schedules.current()),
  };
  const mails = renderer.languages.flatMap((language) =>
    renderer.messages.flatMap((kind) => {
      const { html, text } = writeExample(renderer, facts, { kind, language });
      const file = `mail.${nameOf(kind).replaceAll('/', '.')}.${language}`;
      return [{ language, file: `${file}.${html === undefined ? 'txt' : 'html'}`, text: html ?? text }];
    }),
  );
  return { languages: renderer.languages, files: [...pages, ...mails] };
}

const known: readonly string[] = ['nl', 'fr', 'de', 'en'];
const exampleIn = (language: LanguageCode): LanguageCode => (known.includes(language) ? language : 'en');

/** Lists of factors, and of keys, without those that this deployment does not offer. */
function onlyOffered(value: unknown, isOffered: (id: unknown) => boolean): unknown {
  if (Array.isArray(value))
    return value
      .filter((one: unknown) => {
        if (typeof one !== 'object' || one === null) return true;
        const { id, factor } = one as { readonly id?: unknown; readonly factor?: unknown };
        return isOffered(factor ?? (factorsOfSamples.has(id) ? id : undefined));
      })
      .map((one) => onlyOffered(one, isOffered));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, onlyOffered(inner, isOffered)]));
}

/** Names of factors in the samples' lists, where an `id` may also be that of a key or a document. */
const factorsOfSamples: ReadonlySet<unknown> = new Set([
  'token-card',
  'sms',
  'email-otp',
  'authenticator-app',
  'passkey',
  'trusted-platform',
  'security-key',
  'long-words',
  'plain-words',
  'gone',
]);
