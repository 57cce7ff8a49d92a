import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

test('what is compiled ahead is for the flags and the cache of the start', () => {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
    readonly scripts: { readonly prepare: string; readonly start: string };
  };
  const wordsOf = (script: string, pattern: RegExp) => script.split(' ').filter((word) => pattern.test(word));
  expect(wordsOf(scripts.start, /^NODE_COMPILE_CACHE=./)).toHaveLength(1);
  expect(wordsOf(scripts.prepare, /^NODE_COMPILE_CACHE=/)).toEqual(wordsOf(scripts.start, /^NODE_COMPILE_CACHE=/));
  // The size of the young generation changes nothing in what is compiled.
  const flags = (script: string) => wordsOf(script, /^--(?!max-semi-space-size)/);
  expect(flags(scripts.prepare)).toEqual(flags(scripts.start));
});
