import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import type { PersonListing } from '../use-cases/person-show.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices();
});
afterEach(() => services.close());

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const codes = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [index + 1, `10000${index + 1}`]));
const alice = {
  id: 'alice-0001',
  username: 'alice',
  givenName: 'Alice',
  familyName: 'Adams',
  language: 'fr',
  email: 'alice@example.org',
  groups: ['staff'],
  password: 'correct horse battery',
  keys: [
    { factor: 'token-card', data: { serial: '1234-5678', codes } },
    { factor: 'authenticator-app', label: 'my phone', data: { secret } },
  ],
};
const lines = (...people: unknown[]) =>
  people.map((person) => (typeof person === 'string' ? person : JSON.stringify(person))).join('\n');
const shown = async (who: string) => (await services.rekey(['person', 'show', who, '--json'])).json<PersonListing>();

test('people are imported once, with passwords and keys, and nothing of it is in clear text in the store', async () => {
  const told = await services.rekey('person import - --json', lines(alice, '', { username: 'bob' }));
  expect([told.exit, told.json()]).toEqual([0, { added: 2, changed: 0, present: 0, refused: [], same: [], weak: [] }]);
  expect((await services.rekey('person import - --json', lines(alice, { username: 'ALICE' }))).json()).toMatchObject({
    added: 0,
    present: 2,
  });

  expect(await shown('Alice')).toMatchObject({
    id: 'alice-0001',
    email: 'a…@example.org',
    emailVerified: true,
    groups: ['staff'],
    keys: [
      { factor: 'token-card', status: 'active', source: 'imported' },
      { factor: 'authenticator-app', label: 'my phone' },
    ],
    pending: 0,
  });
  const server = await services.open();
  const person = await server.people.findByUsername('alice');
  const right = await server.passwords.matches(person?.password, alice.password, 0);
  expect(right.right).toBe(true);
  const actions = (await services.rekey('audit list --person alice --json'))
    .json<{ action: string }[]>()
    .map(({ action }) => action);
  expect(actions.toSorted()).toEqual(['key.on', 'key.on', 'person.imported']);

  await server.close();
  const files = await Promise.all(
    ['rekey.db', 'rekey.db-wal'].map((name) =>
      readFile(join(services.folder, 'state', name)).catch(() => Buffer.alloc(0)),
    ),
  );
  for (const clear of [alice.password, secret, '100001']) expect(Buffer.concat(files).includes(clear)).toBe(false);
});

test('a wrong line is reported with all its faults, without quoting it, and is not written; the others are', async () => {
  const bad = [
    '{',
    '[]',
    { username: 'c', passwort: 'x' },
    { username: ['a'] },
    { username: 'd', email: 'a@b.example,c@d.example', language: 'es' },
    { username: 'e', passwordHash: '$2b$10$abcdefghijklmnopqrstuv' },
    { username: 'f', keys: [{ factor: 'token-card', data: { serial: 'hunter2' } }] },
    { username: 'g', keys: [{ factor: 'telepathy', data: {} }, { factor: 'email-otp' }] },
    { username: 'h\u202eevil' },
    { username: 'i', id: 'alice-0001' },
    { username: 'j', password: 'hunter2', passwordHash: 'x' },
  ];
  await services.rekey('person import -', lines(alice));
  const told = await services.rekey('person import - --json', lines(...bad, { username: 'zoe' }));
  const report = told.json<{ added: number; refused: { line: number; faults: string[] }[] }>();
  expect(told.exit).toBe(1);
  expect(report.added).toBe(1);
  expect(report.refused.map(({ line }) => line)).toEqual(bad.map((_, index) => index + 1));
  expect(report.refused[4]?.faults).toHaveLength(2);
  expect(told.out).not.toContain('hunter2');
  for (const who of ['c', 'd', 'e', 'f', 'g', 'i', 'j'])
    expect((await services.rekey(['person', 'show', who])).exit).toBe(1);
});

test('a dry run judges and writes nothing', async () => {
  const told = await services.rekey('person import - --dry-run --json', lines(alice, '{'));
  expect(told.json()).toMatchObject({ added: 1, refused: [{ line: 2 }] });
  expect((await services.rekey('person show alice')).exit).toBe(1);
});

test('a password hash of another product signs in; import accepts a password below today’s minimum length and names it', async () => {
  const server = await services.open();
  const passwordHash = await server.hash.hash('from elsewhere');
  const told = await services.rekey(
    'person import - --json',
    lines({ username: 'old', passwordHash }, { username: 'weak', password: 'password' }),
  );
  expect(told.json()).toMatchObject({ added: 2, weak: [2] });
  const person = await server.people.findByUsername('old');
  expect((await server.passwords.matches(person?.password, 'from elsewhere', 0)).right).toBe(true);
});

test.each([
  '$2y$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC',
  '$pbkdf2-sha256$2000$MDEyMzQ1Njc4OWFiY2RlZg$MGoh2Ym969nMJuWoRTjFXPmoi5ptqegZ9PzZ3FTIVOM',
  '$scrypt$ln=10,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$I4YuHpx/6xJJ4+sk74hQU+KhW++gPE8aHzXbHijxgzg',
  '{SSHA}awc/Cj0kafyFd5d8fGn07xoHBJJzYWx0c2FsdA==',
])('A-219 a hash of another product is imported, and renewed once its password was given: %s', async (passwordHash) => {
  expect(
    (await services.rekey('person import - --json', lines({ username: 'old', passwordHash }))).json(),
  ).toMatchObject({
    added: 1,
    refused: [],
  });
  const server = await services.open();
  // From now on every wrong password takes as long as one to a hash of this class, so the server measures it before the
  // first comparison.
  const rehearsed = jest.spyOn(server.hash, 'rehearse');
  await server.passwords.matches(undefined, 'of nobody', 0);
  expect(rehearsed.mock.calls.map(([costClass]) => costClass)).toContain(server.hash.costClass?.(passwordHash));
  const person = await server.people.findByUsername('old');
  expect((await server.passwords.matches(person?.password, 'correct hors', 0)).right).toBe(false);
  const { right, renewed } = await server.passwords.matches(person?.password, 'correct horse', 0);
  expect([right, renewed?.peppered, renewed?.hash.startsWith('$argon2id$')]).toEqual([true, true, true]);
  expect(await server.passwords.matches(renewed, 'correct horse', 0)).toEqual({ right: true });
});

test('an export can be imported again by a deployment with the same root key, and has no secret in clear text unless asked', async () => {
  await services.rekey('person import -', lines(alice, { username: 'bob', password: 'another good one' }));
  const exported = await services.rekey('person export --output people.jsonl');
  expect(exported.exit).toBe(0);
  const text = await readFile(join(services.folder, 'people.jsonl'), 'utf8');
  expect((await stat(join(services.folder, 'people.jsonl'))).mode & 0o777).toBe(0o600);
  expect(text).not.toContain(secret);
  expect(text).not.toContain(alice.password);
  expect((await services.rekey('person export --output people.jsonl')).exit).toBe(1);

  const other = await adminServices();
  try {
    await other.rekey('factor list');
    await writeFile(
      join(other.folder, 'state', 'root.key'),
      await readFile(join(services.folder, 'state', 'root.key')),
    );
    await other.rekey('person import -', text);
    const there = await other.open();
    const person = await there.people.findByUsername('alice');
    expect(person?.id).toBe('alice-0001');
    expect((await there.passwords.matches(person?.password, alice.password, 0)).right).toBe(true);
    const again = await other.rekey('person export --clear-keys');
    expect(again.out).toContain(secret);
    const swapped = text.replace('alice-0001', 'mallory-01').replace('"alice"', '"mallory"');
    expect((await other.rekey('person import -', swapped)).err).toContain('sealed: does not open here');
  } finally {
    await other.close();
  }
});

test('how many people a sunset concerns, and how many have no other key', async () => {
  const card = { factor: 'token-card', data: { serial: '8765-4321', codes } };
  const app = { factor: 'authenticator-app', data: { secret } };
  const mail = { factor: 'email-otp', data: { address: 'x@example.org' } };
  await services.rekey(
    'person import -',
    lines(
      alice,
      { username: 'b', keys: [card] },
      { username: 'c', keys: [card, mail] },
      { username: 'd', keys: [app] },
      { username: 'e' },
    ),
  );
  const words = 'factor schedule token-card --until-and-including 2024-01-30 --zone UTC --dry-run --json';
  const look = async (more = '') => (await services.rekey(`${words}${more}`)).json();
  expect(await look()).toMatchObject({
    preflight: { people: 5, touched: 3, stranded: 1 },
    refused: [{ code: 'people_stranded' }],
  });
  await services.rekey('factor schedule email-otp --until-and-including 2023-12-31 --zone UTC');
  expect(await look()).toMatchObject({ preflight: { touched: 3, stranded: 2 } });
  expect(await look(' --group staff')).toMatchObject({ preflight: { touched: 3 } });
});

test('a missing file, an unknown person', async () => {
  expect((await services.rekey('person import nowhere.jsonl')).err).toBe('nowhere.jsonl cannot be read.\n');
  expect((await services.rekey('person show nobody')).exit).toBe(1);
  expect((await services.rekey('person import')).exit).toBe(2);
});

test('names cannot change what a terminal shows', async () => {
  const server = await services.open();
  const person = await server.people.findByUsername('alice');
  expect(person).toBeUndefined();
  const told = await services.rekey(['person', 'show', '\u001b[2Jx\u202e']);
  expect(told.err).toBe('There is nobody called \\u{1b}[2Jx\\u{202e}.\n');
});
