// `rekey person import --update` changes the members of a line, and nothing else.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import type { ImportReport } from '../use-cases/import-report.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices({ onStoreOfRun: true });
});
afterEach(() => services.close());

const lines = (people: readonly object[]) => people.map((person) => JSON.stringify(person)).join('\n');
const take = (...people: readonly object[]) => services.rekey('person import -', lines(people));
/** The dry run comes first: it writes nothing, so both read the same store. */
async function update(...people: readonly object[]) {
  const dry = await services.rekey('person import - --update --dry-run --json', lines(people));
  const run = await services.rekey('person import - --update --json', lines(people));
  expect([dry.exit, dry.json()]).toEqual([run.exit, run.json()]);
  return run.json<ImportReport>();
}
const account = async (name: string) => (await services.open()).people.findByUsername(name);
const mailKey = { factor: 'email-otp', data: { address: 'an@example.org' } };
const app = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
const hash = (cost: string) => `$2b$${cost}$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC`;

test('A-355 members of the line change, others stay; the same file again changes nothing', async () => {
  const whole = {
    username: 'an',
    givenName: 'An',
    email: 'an@example.org',
    groups: ['staff'],
    passwordHash: hash('06'),
  };
  await take({ ...whole, keys: [app], claims: { nickname: 'a' } }, { username: 'bo', language: 'nl' });
  const before = await account('an');
  const file = [
    { username: 'AN', familyName: 'Maes', groups: ['staff', 'pilot'] },
    { username: 'bo', language: 'nl' },
    { username: 'cy' },
  ];
  expect(await update(...file)).toMatchObject({ added: 1, changed: 1, present: 1, refused: [] });
  const after = await account('an');
  expect(after).toEqual({ ...before, familyName: 'Maes', groups: ['staff', 'pilot'], pending: [] });
  expect(await update(...file)).toMatchObject({ added: 0, changed: 0, present: 3 });
  expect(await account('an')).toEqual(after);
  expect((await take({ username: 'an', familyName: 'Other' })).out).toContain('0 added, 1 there already');
  const told = await services.rekey('person import - --update', lines([{ username: 'an', familyName: 'Other' }]));
  expect(told.out).toBe('0 added, 1 changed, 0 as they were, 0 refused.\n');
});

test('A-355 an address is unproven unless the line says so, and a proof is never taken away', async () => {
  await take({ username: 'an', email: 'an@example.org' });
  expect(await update({ username: 'an', email: 'an@example.org', emailVerified: false })).toMatchObject({ present: 1 });
  expect(await update({ username: 'an', email: 'an@example.com' })).toMatchObject({ changed: 1 });
  expect((await account('an'))?.email).toEqual({ address: 'an@example.com' });
  expect(await update({ username: 'an', emailVerified: true })).toMatchObject({ changed: 1 });
  expect((await account('an'))?.email).toMatchObject({ address: 'an@example.com', verifiedAt: expect.any(Number) });
});

test('A-355 a password changes only by a line that has a different one', async () => {
  await take({ username: 'an', passwordHash: hash('06') }, { username: 'bo', password: 'correct horse battery' });
  const before = [(await account('an'))?.password, (await account('bo'))?.password];
  await update({ username: 'an', passwordHash: hash('06') }, { username: 'bo', password: 'correct horse battery' });
  expect([(await account('an'))?.password, (await account('bo'))?.password]).toEqual(before);
  const report = await update(
    { username: 'an', passwordHash: hash('07') },
    { username: 'bo', password: 'another horse battery' },
  );
  expect(report).toMatchObject({ changed: 2 });
  expect((await account('an'))?.password?.hash).toBe(hash('07'));
  const server = await services.open();
  const password = (await account('bo'))?.password;
  expect(await server.passwords.matches(password, 'another horse battery', 0)).toMatchObject({ right: true });
});

test('A-355 keys are added only to an account that never had one, and only as for a new person', async () => {
  await take({ username: 'an', keys: [mailKey] }, { username: 'bo' }, { username: 'cy' });
  const held = (await account('an'))?.keys;
  const report = await update(
    { username: 'an', keys: [mailKey] },
    { username: 'bo', keys: [app] },
    { username: 'cy', keys: [{ factor: 'telepathy', data: 1 }] },
  );
  expect(report).toMatchObject({ changed: 1, present: 1, refused: [{ line: 3 }] });
  expect((await account('an'))?.keys).toEqual(held);
  expect((await account('bo'))?.keys).toMatchObject([{ factor: 'authenticator-app', source: 'imported' }]);
  expect(await update({ username: 'an', keys: [mailKey, app] })).toMatchObject({
    refused: [{ line: 1, faults: ['keys.1: is not added to an account that has or had other keys'] }],
  });
  await services.rekey(['key', 'remove', 'bo', '--key', (await account('bo'))?.keys[0]?.id ?? '', '--even-last']);
  expect(await update({ username: 'bo', keys: [mailKey] })).toMatchObject({ changed: 0, refused: [{ line: 1 }] });
});

test('A-355 another id, and a change after which the person could not sign in, are refused with their line', async () => {
  await take(
    { username: 'an', email: 'an@example.org', keys: [mailKey] },
    { username: 'bo', email: 'bo@example.org', keys: [{ ...mailKey, data: { address: 'bo@example.org' } }] },
    { username: 'first', groups: ['pilot'] },
  );
  const dates = 'factor schedule email-otp --group pilot --until-and-including 2023-12-01 --zone Europe/Brussels';
  expect((await services.rekey(`${dates} --after refuse`)).err).toBe('');
  const report = await update(
    { username: 'an', id: 'id-of-another' },
    { username: 'bo', groups: ['pilot'] },
    { username: 'first', groups: ['pilot', 'staff'] },
  );
  expect(report).toMatchObject({
    changed: 1,
    refused: [
      { line: 1, faults: ['id: is not the one of this person'] },
      { line: 2, faults: [expect.stringContaining('without a way in')] },
    ],
  });
  expect(await update({ username: 'an', email: 'an@example.com' })).toMatchObject({ refused: [{ line: 1 }] });
  expect(await account('an')).toMatchObject({ email: { address: 'an@example.org' } });
  expect(await update({ username: 'an', disabled: true })).toMatchObject({ changed: 1 });
  expect(await account('an')).toMatchObject({ disabled: true, sessionsEnded: 1 });
});
