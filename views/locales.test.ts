import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { coreReasons, factorReasons } from '../factors/reasons.ts';
import { galleryFactors } from '../test/fixtures/page-models.ts';
import { allLanguages, compareCatalogues, readCatalogues } from './i18n.ts';

const root = join(import.meta.dirname, '..');
const core = readCatalogues(join(import.meta.dirname, 'locales'));

test('the four languages have the same keys and placeholders', () => {
  expect(compareCatalogues('core', core)).toEqual([]);
});

test.each(Object.entries(galleryFactors(root)))('the texts of %s agree in four languages', (id, folder) => {
  expect(compareCatalogues(id, readCatalogues(join(folder, 'locales')))).toEqual([]);
});

test.each([...coreReasons, ...factorReasons])('%s says what happened, why, and what to do next', (reason) => {
  for (const language of allLanguages) {
    const texts = ['title', 'what', 'next'].map((part) => core[language][`reason.${reason}.${part}`] ?? '');
    expect(new Set(texts.filter((text) => text.length > 10)).size).toBe(3);
  }
});

test('every explained reason exists', () => {
  const known = new Set<string>([...coreReasons, ...factorReasons]);
  const explained = Object.keys(core.en).flatMap((key) => /^reason\.([a-z_]+)\./.exec(key)?.[1] ?? []);
  expect(explained.filter((reason) => !known.has(reason))).toEqual([]);
});

test.each([
  'key_off',
  'key_on',
  'key_blocked',
  'password_attempts',
  'password_code',
  'password_changed',
  'usernames',
  'unblocked',
  'email_proof',
  'email_changed_old',
  'email_changed_new',
  'permit_given',
  'email_restored',
])('the mail %s has a subject, and says what to do if it was not the reader', (mail) => {
  const notMe = {
    nl: /was niet|niet was/,
    fr: /Si ce n’était pas vous/,
    de: /Wenn Sie das nicht waren/,
    en: /If this was not you/,
  };
  for (const language of allLanguages) {
    expect(core[language][`mail.${mail}.subject`]).toBeDefined();
    expect(core[language][`mail.${mail}.text`]).toMatch(notMe[language]);
  }
});

test('texts have no markup, no straight apostrophe and no stray space', () => {
  for (const language of allLanguages) {
    const odd = Object.entries(core[language]).filter(([, text]) => /[<>']|  | $|^ /.test(text));
    expect({ language, odd }).toEqual({ language, odd: [] });
  }
});

// A line never begins with such a sign. Text messages keep to the alphabet of GSM, which has no such space.
test('French texts have no-break spaces before double signs and inside quotation marks', () => {
  const folders = readdirSync(join(root, 'factors'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('locales'))
    .map((path) => join(root, 'factors', path));
  expect(folders.length).toBeGreaterThan(8);
  const texts = [core, ...folders.map(readCatalogues)].flatMap((catalogues) => Object.entries(catalogues.fr));
  expect(texts.filter(([key, text]) => !key.startsWith('sms.') && / [:;?!»]|« /.test(text))).toEqual([]);
});

test('every text of the product is used', () => {
  const folders = ['layouts', 'partials', 'pages'].map((name) => join(import.meta.dirname, name));
  const templates = folders.map(readAll).join('\n');
  const used = new Set([...templates.matchAll(/"([a-z_0-9-]+(?:\.[a-z_0-9-]+)*)"/g)].map((match) => match[1]));
  const prefixes = [...templates.matchAll(/\(join "([a-z_.]+\.)"/g)].map((match) => match[1] ?? '');
  // Used by code (messages.ts, templates.ts, letter.ts) under names that are built there.
  const fromCode = [
    'mail.',
    'sms.',
    'key.unknown',
    'letter.',
    'notice.until',
    'language.',
    'username.',
    'password.username',
  ];
  const unused = Object.keys(core.en).filter(
    (key) => !used.has(key) && ![...prefixes, ...fromCode].some((prefix) => key.startsWith(prefix)),
  );
  expect(unused).toEqual([]);
});

function readAll(folder: string): string {
  return readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}
