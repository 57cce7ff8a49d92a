/** Every page in all its states and every mail, in every language, as files: for `rekey texts preview`. */
import type { DrawnTexts } from '../admin/cli/composition.ts';
import type { Services } from '../admin/services.ts';
import { nameOf, writeExample } from '../admin/use-cases/mail-preview.ts';
import { coreReasons, factorReasons } from '../factors/reasons.ts';
import type { LanguageCode } from '../views/models.ts';
import { samples } from '../views/samples/all.ts';
import { samplesOfFactors } from '../views/samples/of-factors.ts';
import { reasonSamples } from '../views/samples/reasons.ts';
import { factorFolders, openDrawing } from './drawing.ts';

export async function drawTexts(services: Services): Promise<DrawnTexts> {
  const { renderer, settings, still, mailZone } = openDrawing(services);
  const isOffered = (id: unknown) => typeof id !== 'string' || services.settings.factors[id]?.enabled === true;
  const all = [
    ...samples,
    ...samplesOfFactors(factorFolders(services)),
    ...reasonSamples([...factorReasons, ...coreReasons]),
  ];
  const pages = renderer.languages.flatMap((language) =>
    all.flatMap(({ name, page, model }) => {
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
  return {
    languages: renderer.languages,
    files: [...pages, ...mails],
    listOf: (files) => renderer.list('Pages and mails', files),
  };
}

const known: readonly string[] = ['nl', 'fr', 'de', 'en'];
const exampleIn = (language: LanguageCode): LanguageCode => (known.includes(language) ? language : 'en');

/** Lists of factors, and of keys, without those that this deployment does not offer. */
function onlyOffered(model: object, isOffered: (id: unknown) => boolean): object {
  const kept = (list: readonly unknown[]) =>
    list.filter((one) => {
      if (typeof one !== 'object' || one === null) return isOffered(one);
      const { id, factor = id } = one as { readonly id?: unknown; readonly factor?: unknown };
      return isOffered(factor);
    });
  return Object.fromEntries(
    Object.entries(model).map(([name, value]) => [
      name,
      listsOfKeys.has(name) && Array.isArray(value) ? kept(value) : value,
    ]),
  );
}

/** Members of models. */
const listsOfKeys: ReadonlySet<string> = new Set(['keys', 'others', 'ends']);
