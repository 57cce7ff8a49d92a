/** The table of rows in the README, the rows of the code, and the tests that break each row, are one list. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { misbehaviours } from '../../test/eid-world/upstream.ts';
import { ageLies, tokenLies } from '../../test/eid-world/upstream-lies.ts';

const read = (...path: string[]) => readFileSync(join(import.meta.dirname, ...path), 'utf8');
const table = read('README.md').split('## The rows')[1]?.split('## Files')[0] ?? '';
const rows = [...new Set([...table.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, row = '']) => row))];
const [, union = ''] = /export type Row =([^;]+);/.exec(read('fault.ts')) ?? [];
const ofCode = [...union.matchAll(/'([a-z-]+)'/g)].map(([, row = '']) => row);
/** Titles of tests alone, not comments. */
const titles = read('factor.test.ts')
  .split('\n')
  .filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line))
  .join('\n');
const broken = [tokenLies, ageLies, misbehaviours].flatMap((lies) => Object.values(lies).map(([row]) => row as string));

describe('A-574 every row has a test that breaks it and names it', () => {
  test('the README has the rows of the code', () => {
    expect(rows.toSorted()).toEqual(ofCode.toSorted());
  });
  test.each(rows)('%s', (row) => {
    expect(broken.includes(row) || new RegExp(`'row (\\w+ or )?${row}\\b`).test(titles)).toBe(true);
  });
});
