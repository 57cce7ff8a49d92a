import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { mistakeCodes } from './config-errors.ts';

test('A-220 docs/configuration-mistakes.md lists every code with its sentence', async () => {
  const page = await readFile(join(import.meta.dirname, '../docs/configuration-mistakes.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z_]+)` +\| (.*?) +\|$/gm)].map(([, code = '', says = '']) => [code, says]);
  expect(Object.fromEntries(rows)).toEqual(mistakeCodes);
});
