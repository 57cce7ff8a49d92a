/** The own words of a deployment: checks them for `loadSettings`, and reads them at the start. */
import type { Services } from '../admin/services.ts';
import type { TextsReport } from '../admin/cli/composition.ts';
import type { Finding } from '../config/config-errors.ts';
import { nearest } from '../config/did-you-mean.ts';
import type { Settings } from '../config/schema.ts';
import type { Registry } from '../factors/registry.ts';
import { allLanguages } from '../views/i18n.ts';
import { completenessOf, noOwnTexts, readOwnTexts, type OwnTexts } from '../views/own-texts.ts';
import { layoutFaults, readAllTexts } from '../views/render.ts';

type Parts = Pick<Services, 'settings' | 'registry'>;

const baseOf = (registry: Registry) =>
  readAllTexts(Object.fromEntries(registry.all().map(({ id }) => [id, registry.folder(id)])));

function read({ settings, registry }: Parts, base = baseOf(registry)): OwnTexts {
  const { texts, furtherLanguages } = settings;
  if (texts === undefined) return noOwnTexts;
  return readOwnTexts(texts, base, [...allLanguages, ...Object.keys(furtherLanguages)]);
}

/** Every mistake of the folder `texts`. */
export function checkOwnTexts(registry: Registry, settings: Settings): readonly Finding[] {
  const path = ['texts'];
  const { texts, furtherLanguages } = settings;
  if (texts === undefined)
    return Object.keys(furtherLanguages).map((code) => ({
      path: ['furtherLanguages', code],
      says: 'needs the folder `texts`, in which its catalogue stands',
    }));
  const own = read({ settings, registry });
  return [
    ...own.faults.map(({ file, says, unknown }) => ({
      path,
      code: 'text_refused' as const,
      says: [file, says].filter(Boolean).join(': '),
      meant: unknown && nearest(unknown.written, unknown.known),
    })),
    ...layoutFaults(own.layouts).map(([name, says]) => ({
      path,
      code: 'text_refused' as const,
      says: `${name}.hbs ${says}`,
    })),
  ];
}

export const openOwnTexts = (services: Parts): OwnTexts => read(services);

/** For `rekey texts check`. */
export function reportTexts(parts: Parts): TextsReport {
  const base = baseOf(parts.registry);
  const own = read(parts, base);
  return {
    folder: parts.settings.texts,
    layouts: Object.keys(own.layouts),
    languages: completenessOf(base, own.texts, parts.settings.furtherLanguages),
  };
}
