import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { allLanguages, pickLanguage } from './i18n.ts';

const pick = (wishes: { uiLocales?: string; cookie?: string; acceptLanguage?: string }) =>
  pickLanguage({ ...wishes, fallback: 'nl', offered: allLanguages });

test.each([
  [{}, 'nl'],
  [{ uiLocales: 'fr-BE nl' }, 'fr'],
  [{ uiLocales: 'es de-LU nl' }, 'de'],
  [{ uiLocales: 'es', cookie: 'en', acceptLanguage: 'fr' }, 'en'],
  [{ uiLocales: 'DE' }, 'de'],
  [{ cookie: 'xx', acceptLanguage: 'fr' }, 'fr'],
  [{ acceptLanguage: 'nl-BE,nl;q=0.9,en;q=0.8' }, 'nl'],
  [{ acceptLanguage: 'en;q=0.2, fr;q=0.8, de;q=0.5' }, 'fr'],
  [{ acceptLanguage: 'es, de;q=0.4' }, 'de'],
  [{ acceptLanguage: 'en;q=0, *' }, 'nl'],
  [{ acceptLanguage: 'de-AT, de;q=0, en;q=0.1' }, 'en'],
  [{ acceptLanguage: 'fr;q=2, en;q=0.001' }, 'en'],
  [{ acceptLanguage: 'fr ; q=1.000 , en' }, 'fr'],
  [{ acceptLanguage: '*;q=0.1, en;q=0.2' }, 'en'],
  [{ acceptLanguage: 'frisian' }, 'nl'],
] as const)('%j gives %s', (wishes, expected) => {
  expect(pick(wishes)).toBe(expected);
});

test('property: the answer is always an offered language', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (uiLocales, cookie, acceptLanguage) => {
      expect(allLanguages).toContain(pick({ uiLocales, cookie, acceptLanguage }));
    }),
  );
});

test('a language that is not offered is never chosen', () => {
  expect(pickLanguage({ uiLocales: 'de', acceptLanguage: 'de, en;q=0.1', fallback: 'fr', offered: ['fr', 'en'] })).toBe(
    'en',
  );
});
