import { expect, test } from '@jest/globals';
import type { Key } from '../accounts/person.ts';
import { changesOf } from './shown-person.ts';

const key = (id: string, factor: string, more: Partial<Key> = {}): Key => ({
  id,
  factor,
  detail: '',
  status: 'active',
  boundAt: 1,
  source: 'imported',
  attempts: { count: 0, lastAt: 0 },
  ...more,
});
const card = key('k1', 'token-card', { detail: '0240', status: 'off', offAt: 9, offBecause: 'replaced' });

test('A-637 an old key stands with the one that was bound in the same write, or alone', () => {
  const mail = key('k2', 'email-otp', { detail: 'a…@example.org', boundAt: 9 });
  const app = key('k3', 'authenticator-app', { boundAt: 12 });
  expect(changesOf([card, mail, app])).toEqual([{ old: 'paper card 0240', now: 'code by e-mail a…@example.org' }]);
  expect(changesOf([card, app])).toEqual([{ old: 'paper card 0240', now: undefined }]);
  expect(changesOf([mail, app])).toEqual([]);
});
