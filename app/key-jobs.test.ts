import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { RootKeyListing } from '../admin/use-cases/root-key.ts';
import { createOutbox } from '../messages/outbox.ts';
import { adminServices, type AdminServices } from '../test/harness/admin-house.ts';
import { createKeyJobs } from './key-jobs.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices();
});
afterEach(() => services.close());

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const people = 120;

/** What a server does behind its pages, on the store as it stands now. */
async function reseal() {
  const opened = await services.open();
  const outbox = createOutbox({
    storage: opened.storage,
    secretBox: opened.secretBox,
    clock: opened.clock,
    senders: {},
    render: () => ({ subject: '', text: '' }),
    log: pino({ enabled: false }),
  });
  const jobs = createKeyJobs({
    services: opened,
    outbox,
    use: () => undefined,
    note: () => undefined,
    leader: { held: () => true },
  });
  const done = await jobs.reseal();
  await opened.close();
  return done;
}
const listing = async () => (await services.rekey('root-key list --json')).json<RootKeyListing>();
const exported = async () => (await services.rekey('person export --clear-keys')).out;

test('A-225a: the root key is added, promoted, everything sealed anew, and the old one goes; every key of a person still opens', async () => {
  const lines = Array.from({ length: people }, (_, index) =>
    JSON.stringify({
      username: `person${index}`,
      email: `person${index}@example.org`,
      language: 'en',
      keys: [{ factor: 'authenticator-app', data: { secret } }],
    }),
  );
  expect((await services.rekey('person import -', lines.join('\n'))).exit).toBe(0);
  const signing = (await services.rekey('signing-key list --json')).out;
  const { current: first } = await listing();
  const before = await exported();
  expect(before.match(new RegExp(secret, 'g'))).toHaveLength(people);

  const added = await services.rekey('root-key add --json');
  expect(added.exit).toBe(0);
  expect(await listing()).toMatchObject({ current: first, others: [expect.any(String)], othersMayGoFrom: null });
  expect(await reseal()).toMatchObject({ left: 0 });
  expect((await services.rekey('root-key promote')).exit).toBe(0);
  const { current: second } = await listing();
  expect(second).not.toBe(first);
  expect(await exported()).toBe(before);
  expect((await services.rekey('root-key retire')).exit).toBe(1);

  // People, signing keys, cookie keys, pairwise key, base of digests, progress.
  expect((await reseal())?.changed).toBeGreaterThanOrEqual(people + 3);
  expect((await services.rekey('root-key retire')).exit).toBe(1);
  expect(await reseal()).toEqual({ changed: 0, left: 0 });
  expect((await services.rekey('root-key retire')).exit).toBe(1);
  services.clock.advance(61 * 60_000);
  expect((await services.rekey('root-key retire')).exit).toBe(0);

  expect(await listing()).toMatchObject({ current: second, others: [], othersMayGoFrom: null });
  expect((await readFile(join(services.folder, 'state/root.key'), 'utf8')).trim().split('\n')).toHaveLength(1);
  expect(await exported()).toBe(before);
  expect((await services.rekey('signing-key list --json')).out).toBe(signing);
});

test('A-225a: digests stay what they were under the next root key, and a store does not open without one that it knows', async () => {
  const digest = async () => (await services.open()).secretBox.digest('rose', 'password pepper');
  const before = await digest();
  await services.rekey('signing-key list');
  await services.rekey('root-key add');
  expect(await digest()).toBe(before);
  await services.rekey('root-key promote');
  expect(await digest()).toBe(before);
  expect(await reseal()).toMatchObject({ left: 0 });
  await services.rekey(['root-key', 'retire', '--force', '--reason', 'test']);
  expect(await digest()).toBe(before);
  await writeFile(join(services.folder, 'state/root.key'), `${Buffer.alloc(32, 1).toString('base64')}\n`);
  const told = await services.rekey('signing-key list');
  expect([told.exit, told.err]).toEqual([3, expect.stringContaining('another root key')]);
});
