/**
 * `storage copy` is killed at random and begun again: the copy is complete. A source that changes meanwhile is copied
 * as it is at the end.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../time/clock.ts';
import { openEmbedded } from '../../adapters/storage/embedded/open-embedded.ts';
import type { CollectionSpec, Keep, Storage } from '../../adapters/storage/port.ts';
import { createMigrationMarks } from '../../admin/migration-marks.ts';
import { copyStorage } from '../../admin/use-cases/storage-copy.ts';
import { collections } from '../../app/collections.ts';
import { seeded } from '../harness/storage-wrappers.ts';

const root = join(import.meta.dirname, '../..');
const many = 9_000;
const chance = seeded(5);

let folder: string;
const opened: Storage[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-copy-'));
});
afterEach(async () => {
  for (const storage of opened.splice(0)) await storage.close();
  await rm(folder, { recursive: true, force: true });
});

async function storeAt(name: string): Promise<Storage> {
  const storage = await openEmbedded({ file: join(folder, name), clock: systemClock });
  opened.push(storage);
  return storage;
}
const uniqueValues = collections.find(({ name }) => name === 'unique-values') as CollectionSpec<object>;

async function filled(name: string, count: number): Promise<Storage> {
  const storage = await storeAt(name);
  const documents = storage.collection(uniqueValues);
  const ids = Array.from({ length: count }, (_, index) => `username:person-${index} é😀\uffee`);
  await Promise.all(
    ids.map((id, index) =>
      documents.insert(
        id,
        { person: `p${index}` },
        index % 3 ? undefined : { until: systemClock.now() + 3_600_000 + index },
      ),
    ),
  );
  return storage;
}

const words = (...more: string[]) => [
  join(root, 'bin/rekey.mjs'),
  'storage',
  'copy',
  '--from',
  `embedded:${join(folder, 'old.db')}`,
  '--to',
  `embedded:${join(folder, 'new.db')}`,
  ...more,
];

/**
 * Killed up to 20 ms after it has reported this many documents. The process itself measures that time: on a busy
 * machine a signal from outside could come after the end.
 */
function killedAfter(documents: number): Promise<{ readonly said: string; readonly signal: string | null }> {
  const killer = `
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (text, ...rest) => {
      const done = Number(/: (\\d+) of/.exec(String(text))?.[1] ?? 0);
      if (done >= ${documents}) setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${chance() * 20});
      return write(text, ...rest);
    };`;
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(killer)}`];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...preload, ...words()], {
    cwd: folder,
  });
  let said = '';
  return new Promise((resolve) => {
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    child.once('exit', (_code, signal) => resolve({ said, signal }));
  });
}

test('a copy that is killed again and again continues, and is complete at the end', async () => {
  await (await filled('old.db', many)).close();
  // Each run counts only its own documents: at most seven tenths before the last one.
  for (const share of [0.1, 0.2, 0.2 + chance() / 5]) {
    const { said, signal } = await killedAfter(many * share);
    expect([signal, said]).toEqual(['SIGKILL', expect.stringContaining('copying unique-values')]);
  }
  const told = await new Promise<string>((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...words('--json')], {
      cwd: folder,
    });
    let out = '';
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.once('exit', () => resolve(out));
  });
  const report = JSON.parse(told) as { collections: { name: string; documents: number }[] };
  expect(report).toMatchObject({ resumed: true, corrected: 0 });
  expect(report.collections.find(({ name }) => name === 'unique-values')?.documents).toBe(many);
  const target = await storeAt('new.db');
  const { items } = await target.collection(uniqueValues).page({ limit: many + 1 });
  expect(items).toHaveLength(many);
  expect(items.filter(({ until }) => until !== undefined)).toHaveLength(many / 3);
}, 120_000);

test('a document that changed at the source between two runs is copied as it is now', async () => {
  await filled('old.db', 900);
  const target = await storeAt('new.db');
  const interrupted = {
    source: await storeAt('old.db'),
    target: failingAfter(target, 400),
    collections,
    clock: systemClock,
  };
  await expect(copyStorage(interrupted)).rejects.toThrow('The line was cut.');

  const again = await storeAt('old.db');
  const documents = again.collection(uniqueValues);
  const [first, second] = (await documents.page({ limit: 2 })).items;
  if (!first || !second) throw new Error('There is nothing.');
  await documents.remove(first.id);
  await documents.replace(second.id, { person: 'somebody else' }, second.version);
  await documents.insert('username:0 new', { person: 'new' });

  const outcome = await copyStorage({
    source: await storeAt('old.db'),
    target: await storeAt('new.db'),
    collections,
    clock: systemClock,
  });
  expect(outcome).toMatchObject({ ok: true, value: { resumed: true, corrected: 3, documents: 900 } });
  const copied = (await storeAt('new.db')).collection(uniqueValues);
  expect(await copied.get(first.id)).toBeUndefined();
  expect((await copied.get(second.id))?.value).toEqual({ person: 'somebody else' });
});

test('two copies into one target: one of them is refused', async () => {
  await filled('old.db', 900);
  const parts = async () => ({
    source: await storeAt('old.db'),
    target: await storeAt('new.db'),
    collections,
    clock: systemClock,
  });
  const outcomes = await Promise.all([copyStorage(await parts()), copyStorage(await parts())]);
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
  expect(outcomes.find(({ ok }) => !ok)).toMatchObject({ refusals: [{ code: 'copy_under_way' }] });
});

test('a target with the unfinished copy of another store is refused', async () => {
  await filled('old.db', 10);
  await filled('other.db', 10);
  const target = await storeAt('new.db');
  const marks = createMigrationMarks(target);
  await marks.arrive({ kind: 'arrival', from: 'another', startedAt: 0 });
  const outcome = await copyStorage({
    source: await storeAt('old.db'),
    target: await storeAt('new.db'),
    collections,
    clock: systemClock,
  });
  expect(outcome).toMatchObject({ ok: false, refusals: [{ code: 'target_not_empty' }] });
});

function failingAfter(storage: Storage, writes: number): Storage {
  let left = writes;
  return {
    ...storage,
    collection: <T extends object>(spec: CollectionSpec<T>) => {
      const inner = storage.collection(spec);
      return {
        ...inner,
        insert: (id: string, value: T, keep?: Keep) => {
          left -= 1;
          return left < 0 ? Promise.reject(new Error('The line was cut.')) : inner.insert(id, value, keep);
        },
      };
    },
  };
}
