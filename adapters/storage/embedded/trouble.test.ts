import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { reason, storeFolder } from '../../../test/harness/store-folder.ts';

const CRASH = join(import.meta.dirname, '../../../test/crash');
const { at, open, fill } = storeFolder();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});

describe('a store that fails while it is open', () => {
  test('answers from intact pages, reports damaged ones, and works again after the repair', async () => {
    await fill();
    const backup = join(at.folder, 'backup');
    copyFileSync(at.file, backup);
    const bytes = readFileSync(at.file);
    bytes.fill(0, bytes.length - 3 * 4096);
    writeFileSync(at.file, bytes);
    const { notes } = await open();
    const reasons = new Set<string>();
    for (let n = 0; n < 100; n += 1) reasons.add(await reason(notes.get(`n${n}`)));
    expect([...reasons].toSorted()).toStrictEqual(['answered', 'corrupt']);
    copyFileSync(backup, at.file);
    for (let n = 0; n < 100; n += 1) expect((await notes.get(`n${n}`))?.value.owner).toBe(`o${n % 10}`);
  });

  test('refuses writes while its file is missing, makes no new one, and continues when it is back', async () => {
    const { storage, notes } = await open();
    await notes.insert('a', { text: 'one' });
    renameSync(at.file, `${at.file}.away`);
    expect(await reason(notes.insert('b', { text: 'two' }))).toBe('unreachable');
    expect(await reason(notes.insert('b', { text: 'two' }))).toBe('unreachable');
    expect(await reason(storage.ping())).toBe('unreachable');
    expect(await reason(notes.get('a'))).toBe('unreachable');
    const before = storage.foreignWrites?.();
    expect(storage.foreignWrites?.()).not.toBe(before);
    expect(existsSync(at.file)).toBe(false);
    renameSync(`${at.file}.away`, at.file);
    expect(await notes.insert('b', { text: 'two' })).toBeDefined();
    expect((await notes.page({ limit: 9 })).items.map(({ id }) => id)).toStrictEqual(['a', 'b']);
  });

  test('does not write to a file that replaced it', async () => {
    const { storage, notes } = await open();
    await notes.insert('a', { text: 'mine' });
    renameSync(at.file, `${at.file}.away`);
    for (const ending of ['-wal', '-shm']) renameSync(at.file + ending, `${at.file}.away${ending}`);
    const other = await open();
    await other.notes.insert('b', { text: 'theirs' });
    expect(await reason(notes.insert('c', { text: 'mine' }))).toBe('unreachable');
    expect((await notes.page({ limit: 9 })).items.map(({ id }) => id)).toStrictEqual(['b']);
    await storage.close();
  });

  test('logs the trouble once and its end, and nothing of a document', async () => {
    const lines: string[] = [];
    const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
    const { notes } = await open({ log, maxBytes: 200_000 });
    const text = 'secret'.repeat(100_000);
    await notes.insert('a-name', { text: 'secret', owner: 'secret' });
    await Promise.all([1, 2, 3].map((n) => reason(notes.insert(`a-name-${n}`, { text, owner: 'secret' }))));
    await notes.get('a-name');
    await notes.get('a-name');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 50, reason: 'full', msg: 'storage unavailable' },
      { level: 30, msg: 'storage available again' },
    ]);
    expect(lines.join('')).not.toMatch(/secret|a-name/);
  });
});

/** Another process takes the lock and keeps it until the test says so. */
async function hold(): Promise<{ release: () => Promise<void> }> {
  const child = spawn(process.execPath, [join(CRASH, 'hold-lock.ts'), at.file], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  return {
    release: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

describe('a lock held by another process', () => {
  test('refuses writers after their waiting time, and readers never', async () => {
    const { storage, notes } = await open({ patience: 100 });
    await notes.insert('a', { text: 'one' });
    const lock = await hold();
    const writes = [notes.insert('b', { text: 'two' }), notes.remove('a'), storage.ping()];
    expect((await notes.get('a'))?.value.text).toBe('one');
    expect(await Promise.all(writes.map(reason))).toStrictEqual(['locked', 'locked', 'locked']);
    expect(await reason(open({ patience: 100 }))).toBe('locked');
    await lock.release();
    expect((await notes.page({ limit: 9 })).items.map(({ id }) => id)).toStrictEqual(['a']);
    expect(await notes.insert('b', { text: 'two' })).toBeDefined();
  });

  test('is not waited for twice by a job that came while others waited', async () => {
    const { notes } = await open({ patience: 600 });
    const lock = await hold();
    const first = reason(notes.insert('a', { text: 'one' }));
    await setTimeout(50);
    const second = reason(notes.insert('b', { text: 'two' }));
    expect(await first).toBe('locked');
    expect(await Promise.race([second, setTimeout(300, 'still waiting')])).toBe('locked');
    await lock.release();
  });

  test('is waited for without blocking the event loop', async () => {
    const { notes } = await open();
    expect(await notes.count()).toBe(0);
    const lock = await hold();
    let isAnswered = false;
    const write = notes.insert('a', { text: 'one' }).finally(() => {
      isAnswered = true;
    });
    for (let tick = 0; tick < 20; tick += 1) {
      await setTimeout(5);
      expect(isAnswered).toBe(false);
      expect(await notes.get('a')).toBeUndefined();
    }
    await lock.release();
    expect(await write).toBeDefined();
  });
});
