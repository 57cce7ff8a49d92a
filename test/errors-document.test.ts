import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { coreReasons, factorReasons } from '../factors/reasons.ts';

const document = readFileSync(join(import.meta.dirname, '../docs/errors.md'), 'utf8');
const explained = [...document.matchAll(/^\| `([a-z_]+)` +\|/gm)].map(([, code]) => code);

test('docs/errors.md explains every code once, and no other', () => {
  expect(explained).toHaveLength(factorReasons.length + coreReasons.length);
  expect(new Set(explained)).toEqual(new Set<string>([...factorReasons, ...coreReasons]));
});

test.each(['nl', 'fr', 'de', 'en'])('every code has its three sentences in %s', (language) => {
  const texts = JSON.parse(
    readFileSync(join(import.meta.dirname, `../views/locales/${language}.json`), 'utf8'),
  ) as Record<string, string>;
  for (const code of [...factorReasons, ...coreReasons])
    for (const part of ['title', 'what', 'next'])
      expect({ code, part, text: texts[`reason.${code}.${part}`] ?? '' }).toEqual({
        code,
        part,
        text: expect.stringMatching(/\S/),
      });
});
