import { describe, expect, test } from '@jest/globals';
import { inserted } from './storage-bench.ts';
import type { Bench } from './storage-bench.ts';

export function indexesContract(bench: () => Bench): void {
  const ids = async (index: string, key: string, limit?: number): Promise<string[]> =>
    (await bench().notes.findBy(index, key, limit)).map(({ id }) => id);

  describe('indexes', () => {
    test('find documents by one value, by several, by none, in order of id', async () => {
      const { notes } = bench();
      await notes.insert('c', { text: '', owner: 'ann', tags: ['x', 'y'] });
      await notes.insert('a', { text: '', owner: 'ann', tags: ['y'] });
      await notes.insert('b', { text: '', owner: 'bob', tags: [] });
      await notes.insert('d', { text: '' });
      expect(await ids('owner', 'ann')).toStrictEqual(['a', 'c']);
      expect(await ids('tag', 'y')).toStrictEqual(['a', 'c']);
      expect(await ids('tag', 'x')).toStrictEqual(['c']);
      expect(await ids('owner', 'eve')).toStrictEqual([]);
      expect(await ids('owner', '')).toStrictEqual([]);
    });

    test('are independent of one another', async () => {
      const { notes } = bench();
      await notes.insert('a', { text: '', owner: 'x' });
      await notes.insert('b', { text: '', tags: ['x'] });
      expect(await ids('owner', 'x')).toStrictEqual(['a']);
      expect(await ids('tag', 'x')).toStrictEqual(['b']);
    });

    test('a value named twice in one document finds it once', async () => {
      const { notes } = bench();
      const version = await inserted(bench(), 'a', { text: '', tags: ['x', 'x', 'y'] });
      expect(await ids('tag', 'x')).toStrictEqual(['a']);
      await notes.replace('a', { text: '', tags: ['y', 'y'] }, version);
      expect(await ids('tag', 'x')).toStrictEqual([]);
      expect(await ids('tag', 'y')).toStrictEqual(['a']);
    });

    test('follow a replaced document', async () => {
      const { notes } = bench();
      const first = await inserted(bench(), 'a', { text: '', owner: 'ann', tags: ['x', 'y'] });
      const second = (await notes.replace('a', { text: '', owner: 'bob', tags: ['y', 'z'] }, first)) ?? '';
      expect(await Promise.all(['ann', 'bob'].map((key) => ids('owner', key)))).toStrictEqual([[], ['a']]);
      expect(await Promise.all(['x', 'y', 'z'].map((key) => ids('tag', key)))).toStrictEqual([[], ['a'], ['a']]);
      await notes.replace('a', { text: '' }, second);
      expect(await Promise.all(['y', 'z'].map((key) => ids('tag', key)))).toStrictEqual([[], []]);
      expect(await ids('owner', 'bob')).toStrictEqual([]);
    });

    test('do not follow a replace that lost', async () => {
      const { notes } = bench();
      const first = await inserted(bench(), 'a', { text: '', owner: 'ann' });
      await notes.replace('a', { text: '', owner: 'bob' }, first);
      expect(await notes.replace('a', { text: '', owner: 'eve' }, first)).toBeUndefined();
      expect(await ids('owner', 'eve')).toStrictEqual([]);
      expect(await ids('owner', 'bob')).toStrictEqual(['a']);
    });

    test('forget a removed document', async () => {
      const { notes } = bench();
      await notes.insert('a', { text: '', owner: 'ann', tags: ['x'] });
      await notes.remove('a');
      await notes.insert('a', { text: '' });
      expect(await ids('owner', 'ann')).toStrictEqual([]);
      expect(await ids('tag', 'x')).toStrictEqual([]);
    });

    test('give a hundred documents where no limit is said, and otherwise the limit', async () => {
      const { notes } = bench();
      const all = Array.from({ length: 105 }, (_, n) => `n${String(n).padStart(3, '0')}`);
      await Promise.all(all.toReversed().map((id) => notes.insert(id, { text: '', owner: 'ann' })));
      expect(await ids('owner', 'ann')).toStrictEqual(all.slice(0, 100));
      expect(await ids('owner', 'ann', 3)).toStrictEqual(all.slice(0, 3));
      expect(await ids('owner', 'ann', 1000)).toStrictEqual(all);
    });

    test.each([0, -1, 1.5, Number.NaN])('a limit of %s is refused', async (limit) => {
      await expect(bench().notes.findBy('owner', 'ann', limit)).rejects.toThrow(RangeError);
      await expect(bench().notes.page({ limit })).rejects.toThrow(RangeError);
    });

    test.each(['nope', 'text', 'toString', '__proto__', ''])('the undeclared index "%s" throws', async (index) => {
      const { notes } = bench();
      await notes.insert('a', { text: 'one' });
      await expect(notes.findBy(index, 'one')).rejects.toThrow(/index/);
      await expect(notes.removeBy(index, 'one')).rejects.toThrow(/index/);
      expect(await notes.count()).toBe(1);
    });
  });

  describe('removeBy', () => {
    test('removes all that carry the key, and says how many', async () => {
      const { notes } = bench();
      for (let n = 0; n < 120; n += 1) await notes.insert(`a${n}`, { text: '', owner: 'ann', tags: ['x'] });
      await notes.insert('b', { text: '', owner: 'bob', tags: ['x'] });
      expect(await notes.removeBy('owner', 'ann')).toBe(120);
      expect(await notes.removeBy('owner', 'ann')).toBe(0);
      expect(await ids('tag', 'x')).toStrictEqual(['b']);
      expect(await notes.count()).toBe(1);
    });
  });
}
