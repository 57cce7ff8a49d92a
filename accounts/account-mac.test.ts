import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSecretBox } from '../adapters/secret-box.ts';
import type { Collection } from '../adapters/storage/port.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import type { AccountAltered, StoredPerson } from './account-mac.ts';
import { personDocuments } from './person-documents.ts';
import { addPending, createPeople, newPendingId, type People } from './person-store.ts';
import type { Key, Person } from './person.ts';

const secretBox = createSecretBox(Buffer.alloc(32, 7));
const key = (id: string, over: Partial<Key> = {}): Key => ({
  id,
  factor: 'toy',
  detail: '',
  status: 'active',
  boundAt: 1,
  source: 'enrolled',
  sealed: `sealed ${id}`,
  attempts: { count: 3, lastAt: 5 },
  ...over,
});
const someone = (username: string): Omit<Person, 'id'> => ({
  username,
  language: 'nl',
  email: { address: `${username}@example.org`, verifiedAt: 1 },
  groups: ['staff'],
  disabled: false,
  createdAt: 1,
  password: { hash: `hash of ${username}`, peppered: true, setAt: 1 },
  passwordAttempts: {},
  otherAttempts: { email: { count: 4, lastAt: 9 } },
  keys: [key('a'), key('b')],
  postponements: { toy: { count: 1, lastAt: 3, signIn: 'x' } },
  sendings: [1, 2],
  pending: [],
});

let store: TemporaryStore;
let people: People;
let raw: Collection<StoredPerson>;
let an: Person;
let els: Person;
const altered: AccountAltered[] = [];

beforeEach(async () => {
  altered.length = 0;
  store = await temporaryStore();
  people = createPeople({ storage: store.storage, secretBox });
  raw = (await store.again()).collection(personDocuments);
  const added = await Promise.all([people.add(someone('an')), people.add(someone('els'))]);
  [an, els] = added.map((one) => {
    if (!one.ok) throw new Error('The name is taken.');
    return one.person;
  }) as [Person, Person];
});
afterEach(() => store.close());

const without = (document: StoredPerson, name: string) =>
  Object.fromEntries(Object.entries(document).filter(([member]) => member !== name));
const alter = async (change: (document: StoredPerson) => object) => {
  const stored = await raw.get(an.id);
  if (!stored) throw new Error('The account is gone.');
  await raw.replace(an.id, change(stored.value) as StoredPerson, stored.version);
  // Another process, with an empty memory.
  return createPeople({ storage: await store.again(), secretBox, report: (one) => altered.push(one) });
};

test.each<[string, (document: StoredPerson) => object]>([
  ['a password hash of another account', (one) => ({ ...one, password: els.password })],
  ['no password at all', (one) => without(one, 'password')],
  ['the account switched off', (one) => ({ ...one, disabled: true })],
  ['another mail address', (one) => ({ ...one, email: { address: 'els@example.org', verifiedAt: 1 } })],
  ['an address that was never proven', (one) => ({ ...one, email: { ...one.email, verifiedAt: 2 } })],
  ['a key taken away', (one) => ({ ...one, keys: one.keys.slice(1) })],
  ['a key put in', (one) => ({ ...one, keys: [...one.keys, key('c')] })],
  ['a key put off', (one) => ({ ...one, keys: one.keys.map((each) => ({ ...each, status: 'off' })) })],
  [
    'failures forgotten',
    (one) => ({ ...one, keys: one.keys.map((each) => ({ ...each, attempts: { count: 0, lastAt: 0 } })) }),
  ],
  [
    'a trusted browser put in',
    (one) => ({ ...one, trustedBrowsers: [{ id: 'd', hash: 'h', key: 'a', grantedAt: 1, until: 9 }] }),
  ],
  ['a group', (one) => ({ ...one, groups: ['staff', 'board'] })],
  ['no MAC', (one) => without(one, 'mac')],
  ['a MAC that is no text', (one) => ({ ...one, mac: 7 })],
  ['the MAC of another account', (one) => ({ ...one, mac: 'A'.repeat(43) })],
])('A-211b an account with %s is refused in every way', async (_name, change) => {
  const other = await alter(change);
  const refusal = { name: 'AccountAltered', account: an.id };
  await expect(other.get(an.id)).rejects.toMatchObject(refusal);
  await expect(other.findByUsername('an')).rejects.toMatchObject(refusal);
  await expect(other.change(an.id, (person) => person)).rejects.toMatchObject(refusal);
  expect((await other.page({ limit: 10 })).items.map(({ id }) => id)).toEqual([els.id]);
  expect(altered).toMatchObject([refusal]);
  expect(await other.findByUsername('els')).toEqual(els);
});

test('A-211b a whole document copied to the id of another account is refused', async () => {
  const foreign = await raw.get(els.id);
  const other = await alter(() => foreign?.value ?? {});
  await expect(other.get(an.id)).rejects.toMatchObject({ name: 'AccountAltered' });
});

test('A-211b every document is read as it was written', async () => {
  const pending = {
    kind: 'audit',
    id: newPendingId(),
    event: { at: 1, actor: 'é', action: 'x', facts: { b: [1, null], a: 'ü' } },
  } as const;
  const changed = await people.change(an.id, (person) =>
    addPending(
      {
        ...person,
        claims: { nickname: 'علی\u200cرضا', address: { locality: 'Gent' } },
        reminded: { 10: { sunsetAt: 1, days: 2 } },
      },
      pending,
    ),
  );
  const other = createPeople({ storage: await store.again(), secretBox });
  expect(await other.get(an.id)).toEqual(changed);
  expect((await other.withPending(5)).map(({ value }) => value)).toEqual([changed]);
  const otherRoot = createPeople({ storage: await store.again(), secretBox: createSecretBox(Buffer.alloc(32, 8)) });
  await expect(otherRoot.get(an.id)).rejects.toMatchObject({ name: 'AccountAltered' });
});
