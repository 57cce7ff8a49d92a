/** The informal catalogues are whole: whatever addresses a person formally is there, and no formal word is left. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { addressesFormally, languagesOfTwoForms, readInformal } from './form-of-address.ts';
import { compareMessages, readCatalogues } from './i18n.ts';
import { createRenderer } from './render.ts';

const root = join(import.meta.dirname, '..');
const factors = readdirSync(join(root, 'factors')).filter((name) =>
  existsSync(join(root, 'factors', name, 'factor.ts')),
);
const sources: Readonly<Record<string, string>> = {
  core: join(import.meta.dirname, 'locales'),
  ...Object.fromEntries(factors.map((id) => [id, join(root, 'factors', id, 'locales')])),
};

/** Texts in which `Sie` or `Ihr` at the beginning of a sentence means she, they or its. */
const others: ReadonlySet<string> = new Set([
  'core de reason.interaction_foreign.what',
  'core de mail.preview_note',
  'core de reason.interaction_expired.what',
  'core de reason.request_foreign.what',
  'authenticator-app de prove.open',
  'recovery-codes de why',
  'token-card de enrol.how',
  'token-card de print.cut',
]);

describe.each(Object.entries(sources))('A-651 the informal texts of %s', (source, folder) => {
  const formal = readCatalogues(folder);
  const informal = readInformal(folder);

  test.each(languagesOfTwoForms)('are whole, and have the values of the formal ones: %s', (language) => {
    const mine = informal[language] ?? {};
    const wanted = Object.entries(formal[language]).filter(([, text]) => addressesFormally(language, text));
    expect(wanted.map(([key]) => key).filter((key) => mine[key] === undefined)).toEqual([]);
    const faults = Object.entries(mine).flatMap(([key, text]) => {
      const model = formal[language][key];
      return model === undefined ? [`${key} is not known`] : compareMessages(key, key, text, model);
    });
    expect(faults).toEqual([]);
    const same = Object.keys(mine).filter((key) => formal[language][key] === mine[key]);
    expect(same.filter((key) => !others.has(`${source} ${language} ${key}`))).toEqual([]);
  });

  test.each(languagesOfTwoForms)('have no word of formal address: %s', (language) => {
    const left = Object.entries(informal[language] ?? {}).filter(
      ([key, text]) => addressesFormally(language, text) && !others.has(`${source} ${language} ${key}`),
    );
    expect(left).toEqual([]);
  });
});

test.each([
  ['nl', 'Vul uw code in', 'Vul je code in'],
  ['fr', 'Saisissez un code', 'Saisis un code chez toi'],
  ['de', 'Geben Sie ihn ein', 'Gib ihn ein'],
])('A-651 formal words are known: %s', (language, formal, informal) => {
  expect(addressesFormally(language, formal)).toBe(true);
  expect(addressesFormally(language, informal)).toBe(false);
  expect(addressesFormally('en', formal)).toBe(false);
});

test('A-651 a deployment that says je says so on pages and in mails', () => {
  const factorFolders = { sms: join(root, 'factors', 'sms') };
  const formal = createRenderer({ factorFolders });
  const informal = createRenderer({ factorFolders, formOfAddress: 'informal' });
  expect([formal, informal].map((one) => one.text('nl', 'my.keys.none'))).toEqual([
    'U hebt geen sleutel.',
    'Je hebt geen sleutel.',
  ]);
  expect(informal.factorText('sms', 'de', 'prove.title')).toBe('Gib den Sicherheitscode aus deiner SMS ein');
  expect(informal.message('core', 'usernames', 'fr', { count: 1, names: 'anna' }).subject).toBe(
    'Ton nom d’utilisateur',
  );
  expect(informal.text('en', 'my.keys.none')).toBe(formal.text('en', 'my.keys.none'));
});
