import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { RootKeyListing } from '../admin/use-cases/root-key.ts';
import { createOutbox } from '../messages/outbox.ts';
import { adminServices, type AdminServices } from '../test/harness/admin-services.ts';
import type { Scheduler } from '../time/scheduler.ts';
import { createKeyJobs } from './key-jobs.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices();
});
afterEach(() => services.close());

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const people = 120;

type Opened = Awaited<ReturnType<AdminServices['open']>>;

/** What a server does behind its pages. */
function jobsOf(opened: Opened, scheduler?: Scheduler) {
  const outbox = createOutbox({
    storage: opened.storage,
    secretBox: opened.secretBox,
    clock: opened.clock,
    senders: {},
    render: () => ({ subject: '', text: '' }),
    log: pino({ enabled: false }),
  });
  return createKeyJobs({
    services: opened,
    outbox,
    ...(scheduler && { scheduler }),
    use: () => undefined,
    note: () => undefined,
    leader: { isLeader: () => true },
  });
}

/** A server that was started anew looks at everything once. */
async function reseal() {
  const opened = await services.open();
  const done = await jobsOf(opened).reseal();
  await opened.close();
  return done;
}
const listing = async () => (await services.rekey('root-key list --json')).json<RootKeyListing>();
const exported = async () => (await services.rekey('person export --clear-keys')).out;

test('A-225a: a root key is added and promoted, everything is sealed again, the old one is removed; every key of a person still works', async () => {
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
  services.clock.advance(61_000);
  expect((await services.rekey('root-key promote')).exit).toBe(0);
  const { current: second } = await listing();
  expect(second).not.toBe(first);
  expect(await exported()).toBe(before);
  expect((await services.rekey('root-key retire')).exit).toBe(1);

  // Accounts, signing keys, cookie keys, pairwise key, base of digests, progress.
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

test('A-225a: digests stay the same under the next root key, and a store does not open without a root key that it knows', async () => {
  const digest = async () => (await services.open()).secretBox.digest('rose', 'password pepper');
  const before = await digest();
  await services.rekey('signing-key list');
  await services.rekey('root-key add');
  expect(await digest()).toBe(before);
  services.clock.advance(61_000);
  await services.rekey('root-key promote');
  expect(await digest()).toBe(before);
  expect(await reseal()).toMatchObject({ left: 0 });
  await services.rekey(['root-key', 'retire', '--force', '--reason', 'test']);
  expect(await digest()).toBe(before);
  await writeFile(join(services.folder, 'state/root.key'), `${Buffer.alloc(32, 1).toString('base64')}\n`);
  const told = await services.rekey('signing-key list');
  expect([told.exit, told.err]).toEqual([3, expect.stringContaining('another root key')]);
});

describe('A-380: servers that run on while the root key is replaced', () => {
  const keyFile = () => join(services.folder, 'state/root.key');
  const servers = async () => {
    const opened = [await services.open(), await services.open()] as const;
    return { opened, jobs: opened.map((one) => jobsOf(one)) };
  };

  test('in every step what one seals the other opens, whichever of them has read the file', async () => {
    const {
      opened: [a, b],
      jobs,
    } = await servers();
    await a.keptKeys.readOrMake('signing', () => 'rings');
    const digest = a.secretBox.digest('rose', 'password pepper');
    let last = a.secretBox.seal('first', 'here');
    const goesOn = () => {
      for (const [one, other] of [
        [a, b],
        [b, a],
      ] as const) {
        expect(other.secretBox.open(one.secretBox.seal('rose', 'here'), 'here')).toBe('rose');
        expect(one.secretBox.digest('rose', 'password pepper')).toBe(digest);
      }
    };
    const step = async (verb: string) => {
      expect((await services.rekey(`root-key ${verb}`)).exit).toBe(0);
      goesOn();
      await jobs[0]?.readRootKeys();
      goesOn();
      await jobs[1]?.readRootKeys();
      goesOn();
    };
    await step('add');
    const early = await services.rekey('root-key promote');
    expect([early.exit, early.err]).toEqual([1, expect.stringContaining('may be promoted from')]);
    services.clock.advance(60_000);
    await step('promote');
    expect(a.secretBox.isCurrent(last)).toBe(false);
    expect(a.secretBox.open(last, 'here')).toBe('first');
    last = b.secretBox.seal('second', 'here');
    expect(await jobs[0]?.reseal()).toMatchObject({ left: 0 });
    expect(await jobs[0]?.reseal()).toEqual({ changed: 0, left: 0 });
    services.clock.advance(61 * 60_000);
    await step('retire');
    expect(a.rootKeys.others).toEqual([]);
    expect(a.secretBox.open(last, 'here')).toBe('second');
    expect((await a.keptKeys.read('signing'))?.value).toBe('rings');
    await Promise.all([a.close(), b.close()]);
  });

  test.each([
    ['gone', 'ENOENT', async () => rm(keyFile())],
    ['cut off', 'is damaged', async () => writeFile(keyFile(), 'c2hvcnQ=\n')],
    [
      'that of another store',
      'another root key',
      async () => writeFile(keyFile(), `${Buffer.alloc(32, 1).toString('base64')}\n`),
    ],
  ])('goes on with the keys that it has when the file is %s', async (_, says, spoil) => {
    const {
      opened: [a, b],
      jobs,
    } = await servers();
    await a.keptKeys.readOrMake('signing', () => 'rings');
    await spoil();
    await expect(jobs[0]?.readRootKeys()).rejects.toThrow(says);
    expect(b.secretBox.open(a.secretBox.seal('rose', 'here'), 'here')).toBe('rose');
    await Promise.all([a.close(), b.close()]);
  });

  test('reads the file every three seconds, and says once that it cannot', async () => {
    const planned: { readonly after: number; readonly run: () => void }[] = [];
    const scheduler: Scheduler = {
      after(milliseconds, run) {
        planned.push({ after: milliseconds, run });
        return () => undefined;
      },
    };
    const opened = await services.open();
    const said: unknown[] = [];
    const log = pino({}, { write: (line: string) => void said.push((JSON.parse(line) as { event: string }).event) });
    await opened.keptKeys.readOrMake('signing', () => 'rings');
    const jobs = jobsOf({ ...opened, log }, scheduler);
    jobs.start();
    const reading = () => planned.filter(({ after }) => after === 3_000);
    /** Two jobs plan themselves every three seconds: this one, and the one that reads the store. */
    const next = async () => {
      for (const { run } of planned.splice(0).filter(({ after }) => after === 3_000)) run();
      while (reading().length < 2) await new Promise((resolve) => setImmediate(resolve));
    };
    await next();
    await services.rekey('root-key add');
    await next();
    expect(said.filter((event) => String(event).startsWith('root-key'))).toEqual(['root-key.changed']);
    await rm(keyFile());
    await next();
    await next();
    expect(said.filter((event) => String(event).startsWith('root-key'))).toEqual([
      'root-key.changed',
      'root-key.unread',
    ]);
    await jobs.stop();
    await opened.close();
  });
});
