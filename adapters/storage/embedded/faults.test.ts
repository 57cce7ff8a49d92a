import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { reason, storeFolder } from '../../../test/harness/store-folder.ts';
import { openDatabase } from './open-database.ts';

const CRASH = join(import.meta.dirname, '../../../test/crash');
const { at, open, fill, closeAll } = storeFolder();

/** Arguments of `unshare`: a small disk of its own for the folder, where the system permits it. */
const SMALL_DISK = ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=4m none "$1" && shift && exec "$@"', 'sh'];
const mountable = spawnSync('unshare', [...SMALL_DISK, tmpdir(), 'true']).status === 0;
// With CI=true a missing tool is a failure, never a skip.
const whereMountable = mountable || process.env['CI'] === 'true' ? describe : describe.skip;

describe('a new store', () => {
  test('makes its folders for the owner alone, and its files too', async () => {
    at.file = join(at.folder, 'deep', 'er', 'store.db');
    const { notes } = await open();
    await notes.insert('a', { text: 'one' });
    expect(['deep', 'deep/er'].map((name) => statSync(join(at.folder, name)).mode & 0o777)).toStrictEqual([
      0o700, 0o700,
    ]);
    const files = readdirSync(join(at.folder, 'deep/er'));
    expect(files.toSorted()).toStrictEqual(['store.db', 'store.db-shm', 'store.db-wal']);
    expect(files.map((name) => statSync(join(at.folder, 'deep/er', name)).mode & 0o777)).toStrictEqual([
      0o600, 0o600, 0o600,
    ]);
  });

  test('syncs every commit, in a write-ahead log', () => {
    const { connection } = openDatabase(at.file, { create: true });
    expect(connection.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(connection.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    connection.close();
  });

  test('is made once by eight processes that open it together', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => open()));
    const answers = await Promise.all(stores.map(({ notes }) => notes.insert('a', { text: 'one' })));
    expect(answers.filter((version) => version !== undefined)).toHaveLength(1);
  });

  test('is made from a file that a crash left empty', async () => {
    writeFileSync(at.file, '');
    const { notes } = await open();
    expect(await notes.insert('a', { text: 'one' })).toBeDefined();
  });
});

describe('a full store', () => {
  test('refuses a write without space, keeps its data, and continues when there is space', async () => {
    const { storage, notes } = await open({ maxBytes: 400_000 });
    const text = 'x'.repeat(20_000);
    let count = 0;
    while ((await reason(notes.insert(`n${count}`, { text, owner: `o${count}` }))) === 'answered') count += 1;
    expect(count).toBeGreaterThan(5);
    expect(await reason(notes.insert('more', { text, owner: 'more' }))).toBe('full');
    expect(await notes.count()).toBe(count);
    expect(await notes.get('more')).toBeUndefined();
    expect(await notes.findBy('owner', 'more')).toStrictEqual([]);

    const standing = await notes.get('n0');
    const larger = notes.replace('n0', { text: text.repeat(3), owner: 'larger' }, standing?.version ?? '');
    expect(await reason(larger)).toBe('full');
    expect(await notes.get('n0')).toStrictEqual(standing);
    expect(await notes.findBy('owner', 'larger')).toStrictEqual([]);

    expect(await notes.remove('n1')).toBe(true);
    expect(await notes.insert('more', { text, owner: 'more' })).toBeDefined();
    await expect(storage.ping()).resolves.toBeUndefined();
  });

  test('refuses a document that is too large, and no other of the same commit', async () => {
    const { notes } = await open({ maxBytes: 400_000 });
    const outcomes = await Promise.all([
      reason(notes.insert('a', { text: 'small' })),
      reason(notes.insert('b', { text: 'x'.repeat(500_000) })),
      reason(notes.insert('c', { text: 'small' })),
    ]);
    expect(outcomes).toStrictEqual(['answered', 'full', 'answered']);
    expect((await notes.page({ limit: 9 })).items.map(({ id }) => id)).toStrictEqual(['a', 'c']);
  });
});

whereMountable('a small disk', () => {
  test('that is full refuses writes, loses none, and accepts them again', () => {
    const command = [...SMALL_DISK, at.folder, process.execPath, join(CRASH, 'fill-disk.ts'), at.folder];
    const child = spawnSync('unshare', command, { encoding: 'utf8' });
    expect(child.stderr).toBe('');
    const seen = JSON.parse(child.stdout) as { before: number; readable: number };
    expect(seen).toMatchObject({ reasons: ['full'], ping: 'full', recovered: true, missing: 0, surplus: 0 });
    expect(seen.before).toBeGreaterThan(5);
    expect(seen.readable).toBe(seen.before);
  });
});

test('a read-only store is refused, left unchanged, and accepted once it is writable', () => {
  // In a process without root's rights, since for root nothing is read-only.
  const child = spawnSync(process.execPath, [join(CRASH, 'read-only.ts'), at.folder], { encoding: 'utf8' });
  expect(child.stderr).toBe('');
  expect(JSON.parse(child.stdout)).toStrictEqual({
    'file not writable': { reason: 'read-only', changed: false, afterwards: 'answered' },
    'file not readable': { reason: 'read-only', changed: false, afterwards: 'answered' },
    'file empty and not writable': { reason: 'read-only', changed: false, afterwards: 'answered' },
    'folder not writable': { reason: 'read-only', changed: false, afterwards: 'answered' },
    'folder not writable, no file': { reason: 'read-only', changed: false, afterwards: 'answered' },
  });
});

describe('a file that is not a store', () => {
  const foreign: Record<string, () => void> = {
    'with a damaged header': () => {
      const bytes = readFileSync(at.file);
      bytes.fill(0x5a, 0, 64);
      writeFileSync(at.file, bytes);
    },
    'that is a text': () => writeFileSync(at.file, 'to whom it may concern\n'.repeat(500)),
    'that was cut off': () => writeFileSync(at.file, readFileSync(at.file).subarray(0, 6000)),
    'of another program': () => {
      rmSync(at.file);
      const database = new DatabaseSync(at.file);
      database.exec('CREATE TABLE documents (id TEXT); PRAGMA user_version = 1');
      database.close();
    },
    'without its tables': () => {
      const database = new DatabaseSync(at.file);
      database.exec('DROP TABLE entries');
      database.close();
    },
  };
  test.each(Object.keys(foreign))('%s is refused as corrupt and left as it was', async (what) => {
    await fill();
    const backup = readFileSync(at.file);
    foreign[what]?.();
    const before = readFileSync(at.file);
    expect(await reason(open().then(({ notes }) => notes.count()))).toBe('corrupt');
    await closeAll();
    expect(readFileSync(at.file).equals(before)).toBe(true);

    for (const ending of ['-wal', '-shm']) rmSync(at.file + ending, { force: true });
    writeFileSync(at.file, backup);
    expect(await (await open()).notes.count()).toBe(100);
  });

  test('of a newer release is refused with a message about it', async () => {
    await fill();
    const database = new DatabaseSync(at.file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const before = readFileSync(at.file);
    await expect(open()).rejects.toMatchObject({
      name: 'StorageUnavailable',
      message: expect.stringMatching(/newer.*99/),
    });
    expect(readFileSync(at.file).equals(before)).toBe(true);
  });

  test('at a path that is a folder, or below a file, is not reached', async () => {
    mkdirSync(at.file);
    expect(await reason(open())).toBe('unreachable');
    writeFileSync(join(at.folder, 'plain'), '');
    at.file = join(at.folder, 'plain', 'store.db');
    expect(await reason(open())).toBe('unreachable');
  });
});
