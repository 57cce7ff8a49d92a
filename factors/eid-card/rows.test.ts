/** The tables of checks in the README, and the tests that break each check, are one list. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const files: Readonly<Record<string, string>> = { 'eid-card.test.ts': join(here, '../../test/flows/eid-card.test.ts') };
const rows = [
  ...readFileSync(join(here, 'README.md'), 'utf8').matchAll(/^\| (\S+) +\|.*\| `([\w-]+\.test\.ts)` +\|$/gm),
].map(([, row = '', file = '']) => ({ row, file }));

/** Rows that a title names: "row 4", "rows 5 to 7", "rows ocsp-1 and ocsp-10". */
function named(titles: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, text = ''] of titles.matchAll(/\brows? ((?:[a-z]+-)?\d+(?:(?:,| and| to) (?:[a-z]+-)?\d+)*)/g)) {
    const numbers = [...text.matchAll(/([a-z]+-)?(\d+)/g)].map(([, kind = '', number]) => ({
      kind,
      number: Number(number),
    }));
    for (const { kind, number } of numbers) found.add(`${kind}${number}`);
    const [first, last] = numbers;
    if (text.includes(' to ') && first && last)
      for (let number = first.number; number <= last.number; number += 1) found.add(`${first.kind}${number}`);
  }
  return found;
}

describe('A-533 every row has a test that names it', () => {
  const numbered = (kind: string, most: number) => Array.from({ length: most }, (_, n) => `${kind}${n + 1}`);
  test('the README has every row once', () => {
    const expected = [...numbered('', 16), ...numbered('ocsp-', 10), ...numbered('crl-', 8)];
    expect(rows.map(({ row }) => row).toSorted()).toEqual(expected.toSorted());
  });
  test.each(rows)('$row in $file', ({ row, file }) => {
    const text = readFileSync(files[file] ?? join(here, file), 'utf8');
    // Titles of tests alone, not comments.
    const titles = text
      .split('\n')
      .filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line))
      .join('\n');
    expect([...named(titles)]).toContain(row);
  });
});
