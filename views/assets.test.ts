import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readAssets } from './assets.ts';

test('A-484 a factor’s own script is a public file, and nothing else of its folder is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rekey-assets-'));
  mkdirSync(join(folder, 'views'));
  writeFileSync(join(folder, 'factor.ts'), '');
  const before = [...readAssets('/assets', { some: folder }).keys()];
  expect(before).toEqual([...readAssets().keys()]);
  writeFileSync(join(folder, 'views', 'page.js'), 'one();');
  const found = readAssets('/assets', { some: folder });
  expect([...found.keys()].filter((path) => !before.includes(path))).toEqual(['/assets/factor-some.js']);
  expect(found.get('/assets/factor-some.js')?.bytes.toString()).toBe('one();');
  expect(found.get('/assets/factor-some.js')?.type).toMatch('text/javascript');
  rmSync(folder, { recursive: true });
});
