// docs/mails.md shows the mails as they are.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { mailsPage } from './harness/mails-page.ts';

test('A-654 docs/mails.md is what npm run docs:mails writes', async () => {
  expect(await readFile(join(import.meta.dirname, '../docs/mails.md'), 'utf8')).toBe(await mailsPage());
});
