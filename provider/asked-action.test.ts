import { expect, test } from '@jest/globals';
import { clientActions } from '../config/client-schema.ts';
import { actionKinds, actionStatusOf, readAction } from './asked-action.ts';

test.each<[unknown, unknown]>([
  ['add-key', { kind: 'add-key' }],
  ['change-password', { kind: 'change-password' }],
  ['change-email', { kind: 'change-email' }],
  ['change-phone', { kind: 'change-phone' }],
  ['remove-key:HjyDxSVBP2uv.1.0b6pvyaI', { kind: 'remove-key', key: 'HjyDxSVBP2uv.1.0b6pvyaI' }],
  ['replace-key:a', { kind: 'replace-key', key: 'a' }],
  ['remove-key', undefined],
  ['remove-key:', undefined],
  ['remove-key:a:b', undefined],
  ['remove-key:a\n', undefined],
  ['add-key:a', undefined],
  ['ADD-KEY', undefined],
  ['rename:a', undefined],
  ['constructor', undefined],
  ['', undefined],
  [undefined, undefined],
  [7, undefined],
])('A-420 the parameter %j is read as %j', (value, action) => {
  expect(readAction(value)).toEqual(action);
});

test('A-420 a client can be allowed every action that is known, and no other', () => {
  expect([...clientActions].toSorted()).toEqual([...actionKinds].toSorted());
});

test.each<[Readonly<Record<string, unknown>> | undefined, unknown]>([
  [undefined, undefined],
  [{ login: {} }, undefined],
  [{ rekey_action_status: 'success' }, 'success'],
  [{ rekey_action_status: 'cancelled' }, 'cancelled'],
  [{ rekey_action_status: 'refused' }, 'refused'],
  [{ rekey_action_status: 'done' }, undefined],
])('A-420 of the end %j the client is told %j', (result, status) => {
  expect(actionStatusOf(result)).toBe(status);
});
