import { randomBytes, randomInt } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createPeople, type People } from '../accounts/person-store.ts';
import type { AuditEvent, OutgoingMessage, Person } from '../accounts/person.ts';
import { createSecretBox } from '../adapters/secret-box.ts';
import { createGuessingNetworks } from '../passwords/network-limits.ts';
import { movableClock } from '../time/clock.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { createCodeTries } from './code-tries.ts';
import { createForgotten, type ForgottenServices } from './forgotten.ts';
import { blankAccount } from '../test/harness/blank-account.ts';

const now = 1_700_000_000_000;
const clock = movableClock(now);
const secretBox = createSecretBox(Buffer.alloc(32, 7));
let store: TemporaryStore;
let people: People;
let works: (() => Promise<void>)[];
let mails: OutgoingMessage[];
let notes: AuditEvent[];
let forgotten: ForgottenServices;
/** Whether an account may be looked for. */
let mayLook: boolean;

beforeEach(async () => {
  clock.set(now);
  store = await temporaryStore(clock);
  people = createPeople({ storage: store.storage, secretBox });
  [works, mails, notes, mayLook] = [[], [], [], false];
  const watched = new Proxy(people, {
    get(target, name: keyof People) {
      if (!mayLook) throw new Error(`An account is looked for: ${name}`);
      return target[name];
    },
  });
  forgotten = createForgotten({
    people: watched,
    secretBox,
    random: { bytes: (length) => randomBytes(length), int: (below) => randomInt(below) },
    clock,
    queue: async (items) => void mails.push(...items.map(({ message }) => message)),
    networks: createGuessingNetworks({ storage: store.storage, perHour: 10, onFull: () => {} }),
    tries: createCodeTries(store.storage),
    forWhom: 'everyone',
    barsMailbox: (address) => address.startsWith('info@'),
    later: (work) => void works.push(work),
    note: (event) => void notes.push(event),
  });
});
afterEach(() => store.close());

async function add(username: string, over: Partial<Person> = {}): Promise<Person> {
  const added = await people.add({
    ...blankAccount,
    username,
    email: { address: `${username}@example.org`, verifiedAt: 1 },
    language: 'fr',
    ...over,
  });
  if (!added.ok) throw new Error('There is such a person.');
  return added.person;
}

const about = (name: string) => ({ name, interaction: 'u', client: 'rp', from: '127.0.0.1' });
async function ask(name: string, what: 'password' | 'username' = 'password', from = '127.0.0.1') {
  const asked = await forgotten.ask({ ...about(name), what, from });
  if (!asked.ok) throw new Error(asked.reason);
  return asked.value;
}
/** What was to be done after the answer. */
async function afterwards(): Promise<void> {
  mayLook = true;
  for (const work of works.splice(0)) await work();
}
const lastCode = (): string => String(mails.at(-1)?.data['code']);

test('A-440: no account is looked for before the answer, nor for a wrong code', async () => {
  await add('an');
  for (const name of ['an', 'an@example.org', 'nobody']) {
    const asked = await ask(name);
    for (const code of ['000000', '1', ''])
      expect(await forgotten.prove(asked, about(name), { code })).toMatchObject({ ok: false });
  }
  expect(works).toHaveLength(3);
  expect(notes.map(({ action, person }) => [action, person])).toEqual(
    notes.map(() => ['password.reset-refused', undefined]),
  );
});

test.each<[string, Partial<Person>, number]>([
  ['a proven mailbox', {}, 1],
  ['one that was not proved', { email: { address: 'an@example.org' } }, 0],
  [
    'which an administrator vouches for',
    {
      email: { address: 'an@example.org' },
      passwordPermit: { id: 'x', at: now, until: now + 1, by: 'desk' },
    },
    1,
  ],
  [
    'for a while',
    { email: { address: 'an@example.org' }, passwordPermit: { id: 'x', at: 1, until: now, by: 'desk' } },
    0,
  ],
  ['a disabled account', { disabled: true }, 0],
  ['a shared mailbox', { email: { address: 'info@example.org', verifiedAt: 1 } }, 0],
])('A-440: what is mailed to %s', async (_what, over, count) => {
  const { id } = await add('an', over);
  await ask('an');
  await ask('an@example.org', 'username');
  await afterwards();
  expect(mails.filter(({ template }) => template === 'password_code')).toHaveLength(count);
  expect((await people.get(id))?.codes?.['reset'] !== undefined).toBe(count === 1);
});

test('A-442: the code proves the mailbox once, in its sign-in, and the audit names the account that was mailed', async () => {
  const { id } = await add('an');
  const asked = await ask('an');
  await afterwards();
  const input = { code: lastCode() };
  expect(await forgotten.prove(asked, { ...about('an'), interaction: 'v' }, input)).toMatchObject({
    ok: false,
    reason: 'key_state_unreadable',
  });
  expect(await forgotten.prove(asked, about('an'), input)).toMatchObject({ ok: true, value: { id } });
  expect(await forgotten.prove(asked, about('an'), input)).toMatchObject({ ok: false, reason: 'code_wrong' });
  expect((await people.get(id))?.pending).toMatchObject([
    { kind: 'audit', event: { action: 'password.reset-asked', person: id, client: 'rp' } },
  ]);
});

test('A-442: a code does not count for another address than the one it was mailed to', async () => {
  const { id } = await add('an');
  const asked = await ask('an');
  await afterwards();
  await people.change(id, (person) => ({ ...person, email: { address: 'new@example.org', verifiedAt: 1 } }));
  expect(await forgotten.prove(asked, about('an'), { code: lastCode() })).toMatchObject({
    ok: false,
    reason: 'code_replaced',
  });
});

test('A-442: twenty codes in thirty days that nobody answers, then none; and each network has a bound', async () => {
  await add('an');
  for (let at = 0; at < 25; at += 1) {
    await ask('an');
    await afterwards();
    clock.advance(3_600_000);
  }
  expect(mails).toHaveLength(20);
  for (let at = 0; at < 10; at += 1) await ask('nobody', 'password', '192.0.2.1');
  await expect(ask('nobody', 'password', '192.0.2.1')).rejects.toThrow('attempts_paused');
  await ask('nobody', 'password', '198.51.100.1');
});

test('A-440: of an address with two accounts the names are mailed, in one mail', async () => {
  const email = { address: 'both@example.org', verifiedAt: 1 };
  await add('an', { email });
  await add('jo', { email });
  await add('off', { email, disabled: true });
  await ask('Both@Example.org');
  await afterwards();
  expect(mails).toMatchObject([{ template: 'usernames', to: 'both@example.org', data: { count: 2 } }]);
  expect(String(mails[0]?.data['names']).split('\n').toSorted()).toEqual(['an', 'jo']);
});
