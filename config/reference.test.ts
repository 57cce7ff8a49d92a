import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadFactors, ownFactors } from '../factors/registry.ts';
import { nodesOf, type Node } from './schema-tree.ts';
import { describeConfiguration, describeFactor, describeWithoutFactors } from './reference.ts';
import { settingsSchema } from './schema.ts';

const registry = await loadFactors([ownFactors]);
const factorSettings = Object.fromEntries(registry.all().map(({ id, settings }) => [id, settings]));

test('docs/configuration.md equals the schema: npm run docs:configuration', async () => {
  const written = await readFile(join(import.meta.dirname, '../docs/configuration.md'), 'utf8');
  expect(written).toBe(describeWithoutFactors());
  // Inside code every character stands for itself.
  expect(written.match(/`[^`\n]*&lt;[^`\n]*`/)).toBeNull();
});

test.each(registry.all())(
  'A-308c the settings of $id are in its own folder: npm run docs:configuration',
  async ({ id, settings }) => {
    const written = await readFile(join(registry.folder(id), 'settings.md'), 'utf8');
    expect(written).toBe(describeFactor(id, settings));
  },
);

test('A-308c docs/configuration.md names no factor, so a new one changes only its own page', () => {
  const page = describeWithoutFactors().split('## factors')[1] ?? '';
  for (const { id } of registry.all()) expect(page).not.toContain(`factors.${id}`);
  expect(describeWithoutFactors()).not.toMatch(/any-factor|one of (sms|passkey|token-card)/);
  expect(describeConfiguration(factorSettings)).toContain('### factors.token-card.settings');
});

test('every key has a description', () => {
  const silent = (node: Node, path: string): string[] =>
    Object.entries(node.properties ?? {}).flatMap(([key, inner]) => {
      const at = path === '' ? key : `${path}.${key}`;
      const isFactor = path === 'factors';
      return [
        ...(inner.description === undefined && !isFactor ? [at] : []),
        ...silent(inner, at),
        ...(inner.items ? silent(inner.items, `${at}[]`) : []),
      ];
    });
  expect(silent(nodesOf(settingsSchema(factorSettings)), '')).toEqual([]);
});
