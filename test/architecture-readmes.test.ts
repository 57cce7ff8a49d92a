/** Every folder with code says what is in it, and the index of decisions names every page. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { unnamed } from './harness/readmes.ts';

const root = join(import.meta.dirname, '..');
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.mjs'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /^[^.].*\//.test(file) && !file.startsWith('test/fixtures/') && existsSync(join(root, file)));
const read = (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '');
const folders = Map.groupBy(files, (file) => dirname(file));

test.each([...folders.keys()])('A-309 %s has a README that names every file', (folder) => {
  const lacking = unnamed(read(`${folder}/README.md`), folders.get(folder) ?? []);
  expect(lacking.map((file) => `${folder}/README.md: add \`${file.slice(folder.length + 1)}\` and what it is`)).toEqual(
    [],
  );
});

test('a name that stands in no README is found, and a pattern names its files', () => {
  const own = ['a/key-ring.ts', 'a/key-ring.test.ts', 'a/key-watch.ts', 'a/other.ts', 'a/whole.test.ts'];
  expect(unnamed('', own)).toEqual(['a/key-ring.ts', 'a/key-watch.ts', 'a/other.ts', 'a/whole.test.ts']);
  expect(unnamed('`key-*.ts` and `whole.test.ts`', own)).toEqual(['a/other.ts']);
});

test('A-309 the index of decisions has every page once, numbered through, with its date and status', () => {
  const index = read('docs/decisions/README.md');
  const lines = [...index.matchAll(/^\| (\d+) +\| (\d{4}-\d\d-\d\d) \| \[.+\]\((.+)\) +\| (\S.*?) +\|$/gm)];
  const pages = readdirSync(join(root, 'docs/decisions')).filter((name) => /^\d{4}-.*\.md$/.test(name));
  expect(lines.map(([, , , page = '']) => page).toSorted()).toEqual(pages.toSorted());
  expect(lines.map(([, number]) => Number(number))).toEqual(lines.map((_, at) => at + 1));
  for (const [, , date = '', page = '', status] of lines) {
    expect([page, page.startsWith(date)]).toEqual([page, true]);
    expect(status).toMatch(/^(accepted|replaced by .+)$/);
  }
});
