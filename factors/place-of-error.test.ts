import { expect, test } from '@jest/globals';
import { placeOfError } from './place-of-error.ts';

const withStack = (stack: string) => Object.assign(new Error('x'), { stack });

test.each([
  ['of a syntax', '/srv/fob/grid.ts:10\nconst a = ;\n\nSyntaxError: x\n    at node:internal/a:1:2', 'grid.ts', 10],
  [
    'of a throw',
    'Error: x\n    at verify (file:///srv/fob/in/verify.ts:4:27)\n    at file:///srv/fob/factor.ts:9:1',
    'in/verify.ts',
    4,
  ],
  ['of a throw in a package', 'Error: x\n    at node:fs:1:1\n    at file:///srv/fob/factor.ts:9:1', 'factor.ts', 9],
])('A-472 the first place %s inside the folder', (_what, stack, file, line) => {
  expect(placeOfError(withStack(stack), '/srv/fob')).toEqual({ file, line });
});

test.each([
  ['another folder of a longer name', withStack('Error: x\n    at file:///srv/fob-two/factor.ts:9:1')],
  ['a stack without a place', withStack('SyntaxError: x\n    at node:internal/a:1:2')],
  ['no error', 'x'],
])('A-472 none: %s', (_what, error) => {
  expect(placeOfError(error, '/srv/fob')).toBeUndefined();
});
