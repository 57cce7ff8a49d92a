import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { languages, requiredFiles, requiredTexts } from './validate-folder.ts';
import { loadFactors } from './registry.ts';

const guide = readFileSync(join(import.meta.dirname, '../docs/add-a-factor.md'), 'utf8');

test('docs/add-a-factor.md names every file, text and part that a factor must have', async () => {
  for (const file of requiredFiles) expect(guide).toContain(file);
  for (const language of languages) expect(guide).toContain(`${language}.json`);
  for (const text of requiredTexts) expect(guide).toContain(`\`${text}\``);
  const [factor] = (await loadFactors([import.meta.dirname])).all();
  if (!factor) throw new Error('There is no factor.');
  for (const part of [factor, factor.states, factor.traits].flatMap((group) => Object.keys(group)))
    expect(guide).toContain(`\`${part}\``);
});

test('the links of docs/add-a-factor.md lead to existing files', () => {
  const links = [...guide.matchAll(/\]\((\.\.[^)#]+)\)/g)].map(([, link = '']) => link);
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) expect(readFileSync(join(import.meta.dirname, '../docs', link), 'utf8')).not.toBe('');
});
