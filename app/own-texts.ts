/** A deployment's own words: checks them for `loadSettings`, and reads them at the start. */
import type { Services } from '../admin/services.ts';
import type { TextsReport } from '../admin/cli/composition.ts';
import type { Finding } from '../config/config-errors.ts';
import { nearest } from '../config/did-you-mean.ts';
import type { Settings } from '../config/schema.ts';
import type { Registry } from '../factors/registry.ts';
import { allLanguages, CORE } from '../views/i18n.ts';
import { addressesFormally } from '../views/form-of-address.ts';
import { completenessOf, noOwnTexts, readOwnTexts, type Completeness, type OwnTexts } from '../views/own-texts.ts';
import { layoutFaults, readAllTexts, readInformalTexts } from '../views/render.ts';

type Parts = Pick<Services, 'settings' | 'registry'>;

const foldersOf = (registry: Registry) => Object.fromEntries(registry.all().map(({ id }) => [id, registry.folder(id)]));

const baseOf = ({ registry, settings }: Parts) => readAllTexts(foldersOf(registry), settings.formOfAddress);

function read(parts: Parts, base = baseOf(parts)): OwnTexts {
  const { texts, furtherLanguages } = parts.settings;
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

/** Texts of the product and its factors that have no informal form where all should have one, neither its nor your own. */
function stillFormal({ registry }: Parts, own: OwnTexts, { language }: Completeness) {
  const folders = foldersOf(registry);
  const informal = readInformalTexts(folders);
  const found = Object.entries(readAllTexts(folders)).flatMap(([source, texts]) =>
    Object.entries(texts[language] ?? {})
      .filter(([, text]) => addressesFormally(language, text))
      .filter(([key]) => [informal, own.texts].every((from) => from[source]?.[language]?.[key] === undefined))
      .map(([key]) => (source === CORE ? key : `${source} ${key}`)),
  );
  return { formal: found };
}

/** For `rekey texts check`. */
export function reportTexts(parts: Parts): TextsReport {
  const base = baseOf(parts);
  const own = read(parts, base);
  return {
    folder: parts.settings.texts,
    layouts: Object.keys(own.layouts),
    formOfAddress: parts.settings.formOfAddress,
    languages: completenessOf(base, own.texts, parts.settings.furtherLanguages).map((language) =>
      parts.settings.formOfAddress === 'formal' ? language : { ...language, ...stillFormal(parts, own, language) },
    ),
  };
}
