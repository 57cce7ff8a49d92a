// A user name is one account's: A-495.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { blankAccount } from '../test/harness/blank-account.ts';
import { seeded, withLatency } from '../test/harness/storage-wrappers.ts';
import { temporaryStore } from '../test/harness/temporary-store.ts';
import { createSecretBox } from '../adapters/secret-box.ts';
import { createPeople } from './person-store.ts';

let store: Awaited<ReturnType<typeof temporaryStore>>;
beforeEach(async () => {
  store = await temporaryStore();
});
afterEach(() => store.close());
const open = (seed?: number) =>
  createPeople({
    storage: seed === undefined ? store.storage : withLatency(store.storage, { min: 0, max: 40, seed }),
    secretBox: createSecretBox(Buffer.alloc(32, 7)),
  });
const always = () => true;

test('A-495 the new name is found, the old one is free, and a name of somebody else is taken in any spelling', async () => {
  const people = open();
  await people.add({ ...blankAccount, id: 'an', username: 'p-1' });
  await people.add({ ...blankAccount, id: 'ben', username: 'ben' });
  expect(await people.rename('an', 'BEN ', always)).toEqual({ ok: false, why: 'taken' });
  expect(await people.rename('an', 'an.peeters', always)).toMatchObject({
    ok: true,
    person: { username: 'an.peeters' },
  });
  expect((await people.findByUsername('An.Peeters'))?.id).toBe('an');
  expect(await people.findByUsername('p-1')).toBeUndefined();
  expect(await people.add({ ...blankAccount, id: 'cas', username: 'p-1' })).toMatchObject({ ok: true });
  // Another spelling of the account's own name.
  expect(await people.rename('an', 'AN.Peeters', always)).toMatchObject({
    ok: true,
    person: { username: 'AN.Peeters' },
  });
  expect((await people.findByUsername('an.peeters'))?.id).toBe('an');
});

test('A-495 a refused rename changes nothing and keeps no name', async () => {
  const people = open();
  await people.add({ ...blankAccount, id: 'an', username: 'p-1' });
  expect(await people.rename('an', 'wanted', () => false)).toEqual({ ok: false, why: 'refused' });
  expect((await people.get('an'))?.username).toBe('p-1');
  expect(await people.add({ ...blankAccount, id: 'ben', username: 'wanted' })).toMatchObject({ ok: true });
  expect(await people.rename('blankAccount', 'other', always)).toEqual({ ok: false, why: 'refused' });
});

test.each([1, 2, 3, 4, 5, 6])('A-495 eight people want one name at once: one has it (seed %i)', async (seed) => {
  const people = open(seed);
  const ids = Array.from({ length: 8 }, (_, n) => `p${n}`);
  for (const id of ids) await people.add({ ...blankAccount, id, username: id });
  const draw = seeded(seed);
  const spellings = ['An', 'an', ' AN ', 'ａｎ'];
  const renamed = await Promise.all(
    ids.map((id) => people.rename(id, spellings[Math.floor(draw() * spellings.length)] ?? 'An', always)),
  );
  expect(renamed.filter(({ ok }) => ok)).toHaveLength(1);
  const named = await Promise.all(ids.map((id) => people.get(id)));
  const winner = named.filter((person) => person?.username !== person?.id);
  expect(winner).toHaveLength(1);
  expect((await people.findByUsername('an'))?.id).toBe(winner[0]?.id);
});
