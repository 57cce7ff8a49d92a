import { describe, expect, test } from '@jest/globals';
import { StorageUnavailable } from '../../adapters/storage/port.ts';
import type { Storage } from '../../adapters/storage/port.ts';
import { NOTES, inserted } from './storage-bench.ts';
import type { Bench, Note } from './storage-bench.ts';

export function lifeContract(bench: () => Bench): void {
  describe('declaring', () => {
    test('the same name twice throws', () => {
      const { storage } = bench();
      expect(() => storage.collection({ name: 'notes' })).toThrow(/notes/);
    });

    test.each(['', 'Notes', 'a b', 'a_b', 'a.b', '$a'])('the name "%s" throws', (name) => {
      expect(() => bench().storage.collection({ name })).toThrow(TypeError);
    });

    test('an index added later finds what was written before', async () => {
      const { notes, reopen } = bench();
      for (let n = 0; n < 20; n += 1) await notes.insert(`n${n}`, { text: n % 2 === 0 ? 'even' : 'odd', owner: 'ann' });
      const again = await reopen();
      const wider = again.collection<Note>({ ...NOTES, indexes: { ...NOTES.indexes, text: (note) => note.text } });
      expect(await wider.findBy('text', 'even')).toHaveLength(10);
      expect(await wider.findBy('owner', 'ann')).toHaveLength(20);
      const stored = await wider.get('n0');
      await wider.replace('n0', { text: 'odd' }, stored?.version ?? '');
      expect(await wider.findBy('text', 'even')).toHaveLength(9);
      expect(await wider.findBy('text', 'odd')).toHaveLength(11);
    });
  });

  describe('a restart', () => {
    test('keeps everything: values, versions, expiries, indexes', async () => {
      const { notes, reopen, clock } = bench();
      const until = clock.now() + 1000;
      const first = await inserted(bench(), 'a', { text: 'one', owner: 'ann' });
      const second = (await notes.replace('a', { text: 'two', owner: 'bob', tags: ['x', 'y'] }, first)) ?? '';
      await notes.insert('b', { text: 'passing', owner: 'bob' }, { until });
      await notes.insert('c', { text: 'gone' });
      await notes.remove('c');

      const again = (await reopen()).collection(NOTES);
      const value = { text: 'two', owner: 'bob', tags: ['x', 'y'] };
      expect(await again.get('a')).toStrictEqual({ id: 'a', value, version: second });
      expect((await again.findBy('owner', 'bob')).map(({ id }) => id)).toStrictEqual(['a', 'b']);
      expect(await again.findBy('owner', 'ann')).toStrictEqual([]);
      expect(await again.get('c')).toBeUndefined();
      expect((await again.get('b'))?.until).toBe(until);
      clock.set(until);
      expect(await again.get('b')).toBeUndefined();
      expect(await again.replace('a', { text: 'three' }, first)).toBeUndefined();
      expect(await again.replace('a', { text: 'three' }, second)).toBeDefined();
    });

    test('keeps the writes of a second node', async () => {
      const { another, notes, reopen } = bench();
      const theirs = (await another()).collection(NOTES);
      const version = await inserted(bench(), 'a', { text: 'one' });
      expect((await theirs.get('a'))?.version).toBe(version);
      const next = await theirs.replace('a', { text: 'two' }, version);
      expect((await notes.get('a'))?.version).toBe(next);
      expect((await (await reopen()).collection(NOTES).get('a'))?.value.text).toBe('two');
    });
  });

  describe('an open store', () => {
    test('answers a ping', async () => {
      await expect(bench().storage.ping()).resolves.toBeUndefined();
    });

    test('reports writes of other processes, if it can', async () => {
      const { storage, notes, another } = bench();
      const theirs = (await another()).collection(NOTES);
      await theirs.count();
      const before = storage.foreignWrites?.();
      await notes.insert('a', { text: 'mine' });
      await notes.get('a');
      expect(storage.foreignWrites?.()).toBe(before);
      await theirs.insert('b', { text: 'theirs' });
      const after = storage.foreignWrites?.();
      expect(storage.foreignWrites === undefined || after !== before).toBe(true);
      expect(storage.foreignWrites?.()).toBe(after);
    });
  });

  describe('closing', () => {
    test('waits for the writes under way', async () => {
      const { storage, notes, reopen } = bench();
      const writes = Array.from({ length: 50 }, (_, n) => notes.insert(`n${n}`, { text: '' }));
      await storage.close();
      expect((await Promise.all(writes)).every((version) => version !== undefined)).toBe(true);
      expect(await (await reopen()).collection(NOTES).count()).toBe(50);
    });

    test('twice is harmless, at once or later', async () => {
      const { storage } = bench();
      await Promise.all([storage.close(), storage.close()]);
      await expect(storage.close()).resolves.toBeUndefined();
    });

    test('makes every later call fail', async () => {
      const { storage, notes } = bench();
      const version = await inserted(bench(), 'a', { text: 'one', owner: 'ann' });
      await storage.close();
      const calls: Record<string, () => Promise<unknown>> = {
        get: () => notes.get('a'),
        findBy: () => notes.findBy('owner', 'ann'),
        insert: () => notes.insert('b', { text: 'two' }),
        replace: () => notes.replace('a', { text: 'two' }, version),
        remove: () => notes.remove('a'),
        removeBy: () => notes.removeBy('owner', 'ann'),
        page: () => notes.page({ limit: 1 }),
        count: () => notes.count(),
        ping: () => storage.ping(),
        sweep: () => storage.sweep(1),
      };
      const reasons = await Promise.all(Object.values(calls).map(refusal));
      expect(reasons).toStrictEqual(Object.keys(calls).map(() => 'closed'));
    });

    test('of one node does not close the other', async () => {
      const { storage, another } = bench();
      const second: Storage = await another();
      const theirs = second.collection(NOTES);
      await storage.close();
      expect(await theirs.insert('a', { text: 'one' })).toBeDefined();
      expect((await theirs.get('a'))?.value.text).toBe('one');
    });
  });
}

async function refusal(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return 'answered';
  } catch (error) {
    return error instanceof StorageUnavailable ? error.reason : `threw ${String(error)}`;
  }
}
