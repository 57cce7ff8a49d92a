import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { createSecretBox } from '../adapters/secret-box.ts';
import type { Key, Person } from '../accounts/person.ts';
import { noAttempts } from '../passwords/attempt-limits.ts';
import { createKeyChanges } from './key-changes.ts';
import { loadFactors } from '../factors/registry.ts';
import { createSealing } from './seal-state.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const registry = await loadFactors([join(import.meta.dirname, '../factors')]);
const [fallback, single] = [
  registry.all().find(({ traits }) => traits.fallback === true),
  registry.get('authenticator-app'),
].map((factor) => factor && { ...factor, states: { ...factor.states, secret: z.strictObject({}) } });
if (!fallback || !single) throw new Error('There is no such factor.');
const ids = (function* () {
  for (let n = 1; ; n += 1) yield `new-${n}`;
})();
const changes = createKeyChanges({
  sealing: createSealing(createSecretBox(Buffer.alloc(32, 7))),
  newId: () => ids.next().value,
  strengthOf: () => 'substantial',
});

const key = (id: string, factor: string, over: Partial<Key> = {}): Key => ({
  id,
  factor,
  status: 'active',
  sealed: 'sealed',
  detail: '',
  strength: 'substantial',
  boundAt: 1,
  source: 'enrolled',
  attempts: noAttempts,
  ...over,
});
const person = (...keys: readonly Key[]): Person => ({
  ...blankAccount,
  id: 'an',
  username: 'an.peeters',
  email: { address: 'an@example.org', verifiedAt: 1 },
  keys,
});
const bind = (account: Person, factor: typeof fallback, over: object = {}) =>
  changes.bind(account, { factor, secret: {}, source: 'enrolled', by: 'an', strength: 'substantial', ...over }, 5)
    .person;
const standing = ({ keys }: Person) => keys.filter(({ status }) => status !== 'off').map(({ id }) => id);

test('A-063 a new fallback replaces every earlier one, also blocked ones, in the same change', () => {
  const before = person(
    key('app', single.id),
    key('old', fallback.id),
    key('blocked', fallback.id, { status: 'blocked' }),
  );
  const after = bind(before, fallback);
  expect(standing(after)).toEqual(['app', expect.stringMatching(/^new-/)]);
  const off = after.keys.filter(({ status }) => status === 'off');
  expect(off.map(({ id, offBecause, sealed }) => [id, offBecause, sealed])).toEqual([
    ['old', 'replaced', undefined],
    ['blocked', 'replaced', undefined],
  ]);
  const mails = after.pending.flatMap((item) => (item.kind === 'message' ? item.message.template : []));
  expect(mails).toEqual(['key_off', 'key_off', 'key_on']);
});

test.each([
  ['issued', ['key_issued']],
  ['enrolled', ['key_on']],
  ['imported', []],
] as const)('A-477 of a key that was %s the person is told: %j', (source, expected) => {
  const { pending } = bind(person(), single, { source });
  expect(pending.flatMap((item) => (item.kind === 'message' ? item.message.template : []))).toEqual(expected);
});

test('keys of other factors stay unchanged', () => {
  const before = person(key('old', single.id), key('codes', fallback.id));
  expect(standing(bind(before, single))).toEqual(['old', 'codes', expect.stringMatching(/^new-/)]);
  expect(standing(bind(before, single, { replaces: 'old' }))).toEqual(['codes', expect.stringMatching(/^new-/)]);
});

test.each([
  ['high', 'high'],
  ['low', 'substantial'],
  [undefined, 'high'],
] as const)('A-054 a renewed fallback carries on the bar of the one before: %s gives %s', (strength, expected) => {
  const old = key('old', fallback.id);
  const { strength: _own, ...bare } = old;
  const after = bind(person(strength === undefined ? bare : { ...old, strength }), fallback);
  expect(after.keys.find(({ status }) => status === 'active')?.strength).toBe(expected);
});
