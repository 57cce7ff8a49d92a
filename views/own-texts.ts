/**
 * A deployment's own words: a folder of catalogues that holds only what differs, laid over the product's. Reads and
 * judges it, and lays it over. Called where the configuration is checked, and by the renderer.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compareMessages, CORE, flatten, type Catalogue } from './i18n.ts';

/** Language → catalogue. The languages of the product are complete; of further ones only what is translated. */
export type SourceTexts = Readonly<Record<string, Catalogue>>;
/** `core`, or the id of a factor → its texts. */
export type AllTexts = Readonly<Record<string, SourceTexts>>;

export interface TextFault {
  /** Below the folder, such as `factors/sms/nl.json`. */
  readonly file: string;
  /** A whole sentence without its full stop. */
  readonly says: string;
  /** What was written and what is known there, where a word is unknown. */
  readonly unknown?: { readonly written: string; readonly known: readonly string[] };
}

export interface OwnTexts {
  readonly texts: AllTexts;
  /** Own layouts of mails, as written. */
  readonly layouts: Readonly<Partial<Record<'mail' | 'mail-text', string>>>;
  readonly faults: readonly TextFault[];
}

export const noOwnTexts: OwnTexts = { texts: {}, layouts: {}, faults: [] };

/** Bytes of one file. */
const most = 1_048_576;
const layoutNames = { 'mail.hbs': 'mail', 'mail-text.hbs': 'mail-text' } as const;
const isLayout = (name: string): name is keyof typeof layoutNames => Object.hasOwn(layoutNames, name);

/**
 * @param folder with `<language>.json`, `factors/<id>/<language>.json`, `mail.hbs`, `mail-text.hbs`
 * @param base the texts of the product and its factors
 * @param languages which a catalogue may be in
 */
export function readOwnTexts(folder: string, base: AllTexts, languages: readonly string[]): OwnTexts {
  const faults: TextFault[] = [];
  const texts: Record<string, Record<string, Catalogue>> = {};
  const layouts: Partial<Record<'mail' | 'mail-text', string>> = {};
  const readInto = (source: string, name: string, file: string) => {
    const known = base[source];
    if (known === undefined) return;
    const [catalogue, said] = readCatalogue(join(folder, file), file, known, basename(name, '.json'));
    faults.push(...said);
    (texts[source] ??= {})[basename(name, '.json')] = catalogue;
  };
  const files = languages.map((language) => `${language}.json`);
  for (const name of namesIn(folder, '', faults)) {
    if (files.includes(name)) readInto(CORE, name, name);
    else if (isLayout(name)) layouts[layoutNames[name]] = readFileSync(join(folder, name), 'utf8');
    else if (/^[a-z]{2,3}\.json$/.test(name))
      faults.push({
        file: name,
        says: 'is of a language that the product does not have: name it in `furtherLanguages`',
      });
    else if (name !== 'factors') faults.push(unknown(name, name, [...files, ...Object.keys(layoutNames), 'factors']));
  }
  const factors = Object.keys(base).filter((source) => source !== CORE);
  for (const id of existsSync(join(folder, 'factors')) ? namesIn(join(folder, 'factors'), 'factors', faults) : []) {
    if (!factors.includes(id)) {
      faults.push(unknown(`factors/${id}`, id, factors));
      continue;
    }
    for (const name of namesIn(join(folder, 'factors', id), `factors/${id}`, faults)) {
      if (files.includes(name)) readInto(id, name, `factors/${id}/${name}`);
      else faults.push(unknown(`factors/${id}/${name}`, name, files));
    }
  }
  return { texts, layouts, faults };
}

const unknown = (file: string, written: string, known: readonly string[]): TextFault => ({
  file,
  says: 'is not known here',
  unknown: { written, known },
});

/** Names that do not begin with a dot: editors leave such files behind. */
function namesIn(folder: string, file: string, faults: TextFault[]): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.') && name !== 'README.md')
      .toSorted();
  } catch {
    faults.push({ file, says: 'is no folder that can be read' });
    return [];
  }
}

/** The texts that are in order, and every fault. */
function readCatalogue(
  path: string,
  file: string,
  known: SourceTexts,
  language: string,
): readonly [Catalogue, readonly TextFault[]] {
  let found: Catalogue;
  try {
    if (statSync(path).size > most) return [{}, [{ file, says: `is of more than ${most} bytes` }]];
    found = flatten(JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, '')));
  } catch (error) {
    return [{}, [{ file, says: `cannot be read: ${(error as Error).message}` }]];
  }
  const english = known['en'] ?? {};
  const judged = Object.entries(found).map(([key, message]): readonly [string, string, readonly TextFault[]] => {
    const model = (known[language] ?? english)[key] ?? english[key];
    if (model === undefined)
      return [
        key,
        message,
        [{ file, says: `the text ${key} is not known`, unknown: { written: key, known: Object.keys(english) } }],
      ];
    return [key, message, compareMessages(`the text ${key}`, key, message, model).map((says) => ({ file, says }))];
  });
  const good = judged.filter(([, , faults]) => faults.length === 0).map(([key, message]) => [key, message]);
  return [Object.fromEntries(good) as Catalogue, judged.flatMap(([, , faults]) => faults)];
}

/**
 * The product's texts with the deployment's own ones over them; a further language begins with all texts of the one it falls
 * back to, so that nothing is missing.
 * @param further language → the one that stands in
 */
export function withOwnTexts(base: AllTexts, own: AllTexts, further: Readonly<Record<string, string>>): AllTexts {
  return Object.fromEntries(
    Object.entries(base).map(([source, texts]) => {
      const over = own[source] ?? {};
      const mine = Object.entries(texts).map(([language, all]) => [language, { ...all, ...over[language] }] as const);
      const beside = Object.entries(further).map(([language, standIn]) => [
        language,
        { ...texts[standIn], ...over[standIn], ...over[language] },
      ]);
      return [source, Object.fromEntries([...mine, ...beside]) as SourceTexts];
    }),
  );
}

export interface Completeness {
  readonly language: string;
  /** Language that stands in for a further one. */
  readonly fallBack?: string;
  readonly texts: number;
  readonly own: number;
  /** `<source> <key>` of texts for which the other language stands in. */
  readonly missing: readonly string[];
}

/** How much of each language there is, the product's first. */
export function completenessOf(
  base: AllTexts,
  own: AllTexts,
  further: Readonly<Record<string, string>>,
): readonly Completeness[] {
  const all = Object.entries(base).flatMap(([source, { en = {} }]) => Object.keys(en).map((key) => ({ source, key })));
  const languages = [...Object.keys(base[CORE] ?? {}), ...Object.keys(further)];
  return languages.map((language) => {
    const has = ({ source, key }: { readonly source: string; readonly key: string }, texts: AllTexts) =>
      Object.hasOwn(texts[source]?.[language] ?? {}, key);
    const fallBack = further[language];
    return {
      language,
      ...(fallBack !== undefined && { fallBack }),
      texts: all.length,
      own: all.filter((one) => has(one, own)).length,
      missing: all
        .filter((one) => !has(one, own) && !has(one, base))
        .map(({ source, key }) => (source === CORE ? key : `${source} ${key}`)),
    };
  });
}
