import { expect, test } from '@jest/globals';
import { mutantsOf } from './operators.ts';

const changes = (source: string) => mutantsOf(source).map(({ line, was, is }) => `${line}: ${was} -> ${is}`);

test('one operator, literal or call is another one, where it does something', () => {
  const source = [
    "import { type A, b } from './a.ts'; // a < b",
    "type C = 'finish' | true;",
    'export const d = (e: Map<string, 1>): boolean => e.size >= 10 && !b(`${1}`) /* || */;',
  ].join('\n');
  expect(changes(source)).toEqual(['3: >= -> >', '3: 10 -> 11', '3: && -> ||', '3: ! -> ']);
});

test('a condition is taken for true and for false', () => {
  const source = 'function a(b: unknown) {\n  if (b === undefined) return 1;\n  return b;\n}';
  expect(changes(source)).toEqual([
    '2: === -> !==',
    '2: 1 -> 2',
    '2: b === undefined -> true',
    '2: b === undefined -> false',
  ]);
});

test('a mutant is the whole file with that one change', () => {
  const [first] = mutantsOf("export const next = 'finish';");
  expect(first).toEqual({
    line: 1,
    was: "'finish'",
    is: "'refused'",
    text: "export const next = 'finish';",
    source: "export const next = 'refused';",
  });
});
