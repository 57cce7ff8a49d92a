/** Texts of pages and mails in all languages: looked up, filled in, and compared with one another at the start. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import type { LanguageCode } from './models.ts';

export { pickLanguage } from './pick-language.ts';

export const allLanguages: readonly LanguageCode[] = ['nl', 'fr', 'de', 'en'];

/** Flat: key → ICU message. */
export type Catalogue = Readonly<Record<string, string>>;
export type Catalogues = Readonly<Record<LanguageCode, Catalogue>>;
export type Values = Readonly<Record<string, unknown>>;

/** The source of the product's own texts; every other source is a factor's id. */
export const CORE = 'core';

export interface Texts {
  /** A text with its values. A missing one is a fault: see `createTexts`. */
  text(source: string, language: LanguageCode, key: string, values?: Values): string;
  hasSource(source: string): boolean;
  /** Whether a source has this text: some texts of a factor are its own choice. */
  has(source: string, key: string): boolean;
}

/** Reads `<folder>/<language>.json`; nested objects become dotted keys. Throws when a file is missing or no JSON. */
export function readCatalogues(folder: string): Catalogues {
  const read = (language: LanguageCode): Catalogue =>
    flatten(JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8')));
  return { nl: read('nl'), fr: read('fr'), de: read('de'), en: read('en') };
}

/** Nested objects become dotted keys. Throws for anything but texts and groups. */
export function flatten(value: unknown, path = ''): Record<string, string> {
  if (typeof value === 'string') return { [path]: value };
  if (typeof value !== 'object' || value === null) throw new TypeError(`text ${path} is neither a text nor a group`);
  const parts = Object.entries(value).map(([key, inner]) => flatten(inner, path === '' ? key : `${path}.${key}`));
  return Object.assign({}, ...parts) as Record<string, string>;
}

/**
 * Texts of several sources. Throws one error with every fault if a source's languages differ in keys or placeholders, a
 * message cannot be parsed, or a subject contains a code (subjects are shown on locked screens). A key or value that is
 * missing in use is passed to `report`, and the English text is used, with a gap for the value.
 */
export function createTexts(sources: Readonly<Record<string, Catalogues>>, report: (fault: string) => void): Texts {
  const faults = Object.entries(sources).flatMap(([source, catalogues]) => compareCatalogues(source, catalogues));
  if (faults.length > 0) throw new Error(`texts:\n  ${faults.join('\n  ')}`);

  const compiled = new Map<string, IntlMessageFormat>();
  const compile = (source: string, language: LanguageCode, key: string, message: string): IntlMessageFormat => {
    const name = `${source} ${language} ${key}`;
    const known = compiled.get(name);
    if (known !== undefined) return known;
    const format = new IntlMessageFormat(message, language, undefined, { ignoreTag: true });
    compiled.set(name, format);
    return format;
  };

  return {
    text(source, language, key, values = {}) {
      const message = sources[source]?.[language][key];
      if (message === undefined) {
        report(`text missing: ${source} ${language} ${key}`);
        return sources[source]?.en[key] ?? key;
      }
      if (isPlain(message)) return message;
      const format = compile(source, language, key, message);
      const complete: Record<string, string | number> = {};
      for (const name of placeholders(message)) {
        const value = values[name];
        if (typeof value === 'string' || typeof value === 'number') complete[name] = value;
        else {
          report(`value missing: ${name} of ${source} ${language} ${key}`);
          complete[name] = '';
        }
      }
      return String(format.format(complete));
    },
    hasSource: (source) => Object.hasOwn(sources, source),
    has: (source, key) => Object.hasOwn(sources[source]?.en ?? {}, key),
  };
}

/** Every difference between a source's languages and its English, in words; empty if there is none. */
export function compareCatalogues(source: string, catalogues: Catalogues): string[] {
  const faults: string[] = [];
  const wanted = Object.keys(catalogues.en);
  for (const language of allLanguages) {
    const catalogue = catalogues[language];
    for (const key of wanted) {
      if (!Object.hasOwn(catalogue, key)) faults.push(`${source} ${language}: ${key} is missing`);
    }
    for (const [key, message] of Object.entries(catalogue)) {
      const model = catalogues.en[key];
      if (model === undefined) faults.push(`${source} ${language}: ${key} is not in English`);
      else faults.push(...compareMessages(`${source} ${language}: ${key}`, key, message, model));
    }
  }
  return faults;
}

/** What is wrong with a message beside its model in another language. */
export function compareMessages(where: string, key: string, message: string, model: string): string[] {
  if (message.trim() === '') return [`${where} is empty`];
  try {
    const found = placeholders(message);
    const expected = placeholders(model);
    if (found.join() !== expected.join()) return [`${where} has {${found.join()}}, English has {${expected.join()}}`];
    if (key.endsWith('.subject') && found.includes('code')) return [`${where}: a subject must not carry the code`];
    return [];
  } catch (error) {
    // The parser of ICU messages knows a code alone, such as EXPECT_ARGUMENT_CLOSING_BRACE.
    return [`${where} cannot be read: check its { and } (${(error as Error).message})`];
  }
}

/** Nothing to fill in and nothing quoted: the message is its own text. */
const isPlain = (message: string): boolean => !/[{}]|''/.test(message);

const namesOf = new Map<string, readonly string[]>();

/** Names of the values of an ICU message, sorted. */
export function placeholders(message: string): readonly string[] {
  if (isPlain(message)) return [];
  let names = namesOf.get(message);
  if (names === undefined) {
    const found = new Set<string>();
    collect(IntlMessageFormat.__parse?.(message, { ignoreTag: true }) ?? [], found);
    names = [...found].sort();
    namesOf.set(message, names);
  }
  return names;
}

type Elements = ReturnType<NonNullable<typeof IntlMessageFormat.__parse>>;

function collect(elements: Elements, found: Set<string>): void {
  for (const element of elements) {
    // Literal text has a value too, but no location; the # of a plural has no value.
    if ('value' in element && !isLiteral(element)) found.add(element.value);
    if ('options' in element) for (const option of Object.values(element.options)) collect(option.value, found);
  }
}

function isLiteral({ type }: Elements[number]): boolean {
  const kind: number = type;
  return kind === 0;
}
