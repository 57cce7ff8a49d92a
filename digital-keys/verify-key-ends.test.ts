/** An answer counts once; keys with an end, keys that are used up, and a next state that nobody can read. */
import { describe, expect, test } from '@jest/globals';
import type { Key, Person } from '../accounts/person.ts';
import {
  withVerifier,
  now,
  sealing,
  scene,
  slips,
  people,
  noted,
  verifier,
  sealed,
  newPerson,
  occasion,
  answer,
  keyIn,
  pendingOf,
} from '../test/harness/small-verifier.ts';

withVerifier();

describe('an answer counts once, and not if the account was changed while it was compared', () => {
  const withMine = (person: Person, mine: Partial<Key>) => ({
    ...person,
    keys: person.keys.map((key) => (key.id === 'mine' ? { ...key, ...mine } : key)),
  });
  test.each<[string, (person: Person) => Person]>([
    ['the key was taken away', (person) => ({ ...person, keys: person.keys.filter(({ id }) => id !== 'mine') })],
    ['the key was switched off', (person) => withMine(person, { status: 'off' })],
    ['the same answer was used', (person) => withMine(person, { sealed: sealed(person.id, 'mine', 8) })],
    ['the account was disabled', (person) => ({ ...person, disabled: true })],
    ['a newer code was sent', (person) => withMine(person, { codeAt: 6 })],
  ])('%s', async (_case, change) => {
    const account = await newPerson({ codeAt: 5 });
    scene.meanwhile = () => people.change(account.id, change);
    expect(await answer(account, { code: 'low' }, { sentAt: 5 })).toEqual({ ok: false, reason: 'code_used' });
    expect(await pendingOf(account)).not.toContain('key.proved');
    expect(noted.map(({ reason }) => reason)).toEqual(['code_used']);
  });

  test('wrong answers at the same moment, which block the key, do not undo a right one', async () => {
    const account = await newPerson();
    scene.meanwhile = () => people.change(account.id, (person) => withMine(person, { status: 'blocked' }));
    expect(await answer(account, { code: 'low' })).toMatchObject({ ok: true });
    expect(await keyIn(account)).toMatchObject({ status: 'active' });
  });
});

describe('A-473 a key with an end', () => {
  const dated = (person: string, until: number) =>
    sealing.sealKey(slips, person, 'mine', { name: 'mine', left: 9, until });
  const withEnd = async (until: number) => {
    const account = await newPerson();
    await people.change(account.id, (person) => ({
      ...person,
      keys: person.keys.flatMap((key) => (key.id === 'mine' ? { ...key, sealed: dated(person.id, until) } : [])),
    }));
    return account;
  };

  test.each([
    ['one ms before its end', 1, true],
    ['at its end', 0, false],
    ['after it', -1, false],
  ])('%s', async (_case, left, ok) => {
    const account = await withEnd(now + left);
    expect(await answer(account, { code: 'low' })).toMatchObject(ok ? { ok } : { ok, reason: 'key_expired' });
    const current = await people.get(account.id);
    if (!current) throw new Error('The account is gone.');
    const asking = await verifier().challenge(current, 'mine', occasion);
    expect(asking).toMatchObject(ok ? { ok, value: { worksUntil: now + left } } : { ok, reason: 'key_expired' });
  });

  test.each([
    ['healthy', 2000, ['key.proved']],
    ['to be renewed, for the first time', 500, ['key.proved', 'key_ends']],
  ])('the mail leaves with the first proof after which it must be renewed: %s', async (_case, left, expected) => {
    const account = await withEnd(now + left);
    const told = async () => (await pendingOf(account))?.filter((each) => each.startsWith('key')).toSorted();
    expect(await answer(account, { code: 'low' })).toMatchObject({ ok: true });
    expect(await told()).toEqual(expected.toSorted());
    expect(await answer(account, { code: 'low' })).toMatchObject({ ok: true });
    expect(await told()).toEqual([...expected, 'key.proved'].toSorted());
  });

  test('a wrong answer to it is not compared: the key has ended', async () => {
    expect(await answer(await withEnd(now), { code: 'wrong' })).toMatchObject({ ok: false, reason: 'key_expired' });
  });
});

test.each([
  ['right', 'low', 'key_exhausted'],
  ['wrong', 'wrong', 'code_wrong'],
])('a %s answer to a key that is used up', async (_case, code, reason) => {
  const account = await newPerson();
  await people.change(account.id, (person) => ({
    ...person,
    keys: person.keys.map((key) => ({ ...key, sealed: sealed(person.id, key.id, 9, 'used up') })),
  }));
  expect(await answer(account, { code })).toMatchObject({ ok: false, reason });
});

test('A-470 a next state that its own schema does not read: a fault, no success, and no try', async () => {
  const account = await newPerson();
  await people.change(account.id, (person) => ({
    ...person,
    keys: person.keys.map((key) => ({ ...key, sealed: sealed(person.id, key.id, 0, key.id) })),
  }));
  const before = await people.get(account.id);
  await expect(answer(account, { code: 'low' })).rejects.toThrow(
    'The factor slips gave a secret state that its own schema (states.secret) does not read: left (too_small).',
  );
  expect(await people.get(account.id)).toEqual(before);
});
