import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pdfText } from '../test/harness/pdf-text.ts';
import { createRenderer } from './render.ts';
import type { LanguageCode } from './shell.ts';

const pictures = join(import.meta.dirname, '../.screenshots/letter');
const renderer = createRenderer({ factorFolders: {} });
const model = (language: LanguageCode) => ({
  language,
  displayName: 'Désirée Van den Broeck-Müller',
  product: 'CSAM',
  code: 'K7QM-4R9T-XW2H',
  until: Date.parse('2024-01-24T23:00:00Z'),
  zone: 'Europe/Brussels',
  helpDesk: { telephone: { shown: '02 555 01 00', dial: '025550100' }, hours: renderer.text(language, 'help_desk') },
  now: Date.parse('2024-01-10T11:00:00Z'),
});

const lastDays = { nl: '24 januari 2024', fr: '24 janvier 2024', de: '24. Januar 2024', en: '24 January 2024' };

test.each(['nl', 'fr', 'de', 'en'] as const)(
  'A-500 the letter in %s is one page with code, last day, steps and help desk, and no address',
  async (language) => {
    const bytes = await renderer.letter(model(language));
    const file = Buffer.from(bytes).toString('latin1');
    await mkdir(pictures, { recursive: true });
    await writeFile(join(pictures, `${language}.pdf`), bytes);
    expect(file.match(/\/Type \/Page\n/g)).toHaveLength(1);
    const words = pdfText(bytes)
      .replaceAll(/[\s\u00a0]+/g, ' ')
      .replaceAll('\u2011', '-');
    expect(words).toContain('K7QM-4R9T-XW2H');
    expect(words).toContain(lastDays[language]);
    for (const key of ['letter.step.mail', 'letter.step.code', 'letter.step.key', 'letter.care.text'])
      expect(words).toContain(renderer.text(language, key).replaceAll('\u00a0', ' '));
    expect(words).toContain('02 555 01 00');
    expect(words).not.toMatch(/https?:|www\.|activate\?/);
  },
);

test('A-500 a very long name, code or help desk neither breaks a word nor makes a second page', async () => {
  const long = {
    ...model('de'),
    displayName: 'Maximiliane '.repeat(12),
    product: 'Bundesverwaltung '.repeat(9),
    code: 'ABCD-EFGH-JKMN-PQRS-TVWX-YZ23',
    helpDesk: { name: 'Anmeldestelle '.repeat(20), hours: 'von 9 bis 17 Uhr '.repeat(20) },
  };
  const bytes = await renderer.letter(long);
  expect(
    Buffer.from(bytes)
      .toString('latin1')
      .match(/\/Type \/Page\n/g),
  ).toHaveLength(1);
  expect(pdfText(bytes)).toContain(long.code);
});
