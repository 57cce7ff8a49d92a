import { expect, test } from '@jest/globals';
import { audit } from './audit-event.ts';

const context = { now: 7, client: { id: 'bank', nameIn: () => 'Bank' } };
const action = 'key.on';

test.each([
  ['nobody is known', {}, { actor: 'unknown' }],
  ['the person acts', { person: 'p1' }, { actor: 'p1', person: 'p1' }],
  ['somebody else acts', { person: 'p1', actor: 'cli:ann' }, { actor: 'cli:ann', person: 'p1' }],
  ['nobody is known, and a member has no value', { person: undefined, factor: undefined }, { actor: 'unknown' }],
  [
    'every member',
    { person: 'p1', factor: 'app', reason: 'code_wrong', facts: { left: 1 } },
    { actor: 'p1', person: 'p1', factor: 'app', reason: 'code_wrong', facts: { left: 1 } },
  ],
] as const)('an event has the time, the client and its members: %s', (_name, about, members) => {
  expect(audit(context, action, about)).toStrictEqual({ at: 7, action, client: 'bank', ...members });
});
