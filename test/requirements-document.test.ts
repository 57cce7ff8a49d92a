/** Every id of a requirement in a test is explained in the document of requirements, once, and every id there has a test. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const tests = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts', 'test/*.ts'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter((file) => file !== '' && file !== 'test/requirements-document.test.ts' && existsSync(join(root, file)));

/** Ids in names and comments of tests: requirements A-…, attacks B…, promises D-…. */
const id = /\b(?:A-\d{3}[a-z]?|B\d{1,2}-\d{2}|D-\d{2})\b/g;
/** What a benchmark measures and no test can show. */
const measured = new Set(['A-362']);

/** The ids at the head of a line of the document, in its order. */
const explained = (document: string) => [...document.matchAll(/^- \*\*([^*\s]+)\*\*/gm)].map(([, head = '']) => head);
/** An id with a letter is explained by its own line, or by the line of the id without the letter. */
const lineOf = (used: string, heads: ReadonlySet<string>) =>
  [used, used.replace(/[a-z]$/, '')].find((head) => heads.has(head));
const twice = (heads: readonly string[]) => heads.filter((head, at) => heads.indexOf(head) !== at);

const heads = explained(read('docs/requirements.md'));
const users = new Map(tests.flatMap((file) => [...read(file).matchAll(id)].map(([used]) => [used, file] as const)));

test('every id of a requirement in a test is in docs/requirements.md', () => {
  expect(users.size).toBeGreaterThan(400);
  const known = new Set(heads);
  const dangling = [...users].filter(([used]) => lineOf(used, known) === undefined);
  expect(dangling.map(([used, file]) => `${used} (${file}): add its line`)).toEqual([]);
});

test('no id stands twice in docs/requirements.md', () => {
  expect(twice(heads)).toEqual([]);
});

test('every id of docs/requirements.md is in a test, but for what a benchmark measures', () => {
  const known = new Set(heads);
  const shown = new Set([...users.keys()].map((used) => lineOf(used, known)));
  expect(heads.filter((head) => !shown.has(head) && !measured.has(head))).toEqual([]);
});

test('a letter leads to its own line first, then to the line without it', () => {
  const example = explained(
    '- **B1-90** one.\n- **A-950** two. **a**: three.\n- **A-951b** four.\n- **B1-90** five.\n',
  );
  expect(twice(example)).toEqual(['B1-90']);
  const known = new Set(example);
  expect(['A-950', 'A-950a', 'A-951b', 'A-951', 'A-951a', 'B1-91'].map((used) => lineOf(used, known))).toEqual([
    'A-950',
    'A-950',
    'A-951b',
    undefined,
    undefined,
    undefined,
  ]);
});
