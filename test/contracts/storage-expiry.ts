import { describe, expect, test } from '@jest/globals';
import { START, inserted } from './storage-bench.ts';
import type { Bench } from './storage-bench.ts';

const UNTIL = START + 60_000;

export function expiryContract(bench: () => Bench): void {
  describe('expiry', () => {
    test.each([
      ['1 ms before', -1, true],
      ['at', 0, false],
      ['1 ms after', 1, false],
    ])('%s the instant every look-up agrees', async (_when, offset, isThere) => {
      const { notes, clock } = bench();
      const version = await notes.insert('a', { text: 'one', owner: 'ann' }, { until: UNTIL });
      clock.set(UNTIL + offset);
      const stored = { id: 'a', value: { text: 'one', owner: 'ann' }, version, until: UNTIL };
      const expected = isThere ? [stored] : [];
      expect(await notes.get('a')).toStrictEqual(expected[0]);
      expect(await notes.findBy('owner', 'ann')).toStrictEqual(expected);
      expect(await notes.page({ limit: 10 })).toStrictEqual({ items: expected });
      expect(await notes.count()).toBe(expected.length);
    });

    test.each([
      ['1 ms before', -1, true],
      ['at', 0, false],
      ['1 ms after', 1, false],
    ])('%s the instant every write agrees', async (_when, offset, isThere) => {
      const { notes, clock } = bench();
      const keep = { until: UNTIL };
      const version = (await notes.insert('replaced', { text: 'one' }, keep)) ?? '';
      await notes.insert('removed', { text: 'one' }, keep);
      await notes.insert('inserted', { text: 'one' }, keep);
      await notes.insert('revoked', { text: 'one', owner: 'ann' }, keep);
      clock.set(UNTIL + offset);
      expect((await notes.replace('replaced', { text: 'two' }, version)) !== undefined).toBe(isThere);
      expect(await notes.remove('removed')).toBe(isThere);
      expect((await notes.insert('inserted', { text: 'two' })) === undefined).toBe(isThere);
      expect(await notes.removeBy('owner', 'ann')).toBe(isThere ? 1 : 0);
      expect((await notes.get('replaced'))?.value.text).toBe(isThere ? 'two' : undefined);
      expect((await notes.get('inserted'))?.value.text).toBe(isThere ? 'one' : 'two');
    });

    test('an insert with the id of an expired document leaves nothing of it', async () => {
      const { notes, clock } = bench();
      const old = (await notes.insert('a', { text: 'one', owner: 'ann', tags: ['x', 'y'] }, { until: UNTIL })) ?? '';
      clock.set(UNTIL);
      const version = await notes.insert('a', { text: 'two', tags: ['y', 'z'] });
      expect(version).toBeDefined();
      expect(version).not.toBe(old);
      expect(await notes.replace('a', { text: 'three' }, old)).toBeUndefined();
      clock.set(START);
      expect(await notes.get('a')).toStrictEqual({ id: 'a', value: { text: 'two', tags: ['y', 'z'] }, version });
      expect(await notes.findBy('owner', 'ann')).toStrictEqual([]);
      expect(await notes.findBy('tag', 'x')).toStrictEqual([]);
      expect(await notes.findBy('tag', 'z')).toHaveLength(1);
      expect(await notes.count()).toBe(1);
    });

    test('a replace sets a new expiry; without one the document never expires', async () => {
      const { notes, clock } = bench();
      const first = (await notes.insert('a', { text: 'one' }, { until: UNTIL })) ?? '';
      const second = (await notes.replace('a', { text: 'two' }, first, { until: UNTIL + 1000 })) ?? '';
      clock.set(UNTIL);
      expect((await notes.get('a'))?.until).toBe(UNTIL + 1000);
      const third = await notes.replace('a', { text: 'three' }, second);
      clock.set(UNTIL + 5000);
      expect(await notes.get('a')).toStrictEqual({ id: 'a', value: { text: 'three' }, version: third });
    });

    test('a document that is already expired when written is not found', async () => {
      const { notes } = bench();
      expect(await notes.insert('a', { text: 'one' }, { until: START })).toBeDefined();
      expect(await notes.get('a')).toBeUndefined();
      expect(await notes.insert('a', { text: 'two' }, { until: START + 1 })).toBeDefined();
      expect((await notes.get('a'))?.value.text).toBe('two');
    });

    test('an expired document does not count in a limited answer', async () => {
      const { notes, clock } = bench();
      for (const id of ['a', 'b', 'c']) await notes.insert(id, { text: id, owner: 'ann' }, { until: UNTIL });
      for (const id of ['d', 'e', 'f']) await notes.insert(id, { text: id, owner: 'ann' });
      clock.set(UNTIL);
      expect((await notes.findBy('owner', 'ann', 2)).map(({ id }) => id)).toStrictEqual(['d', 'e']);
      const page = await notes.page({ limit: 3 });
      expect(page.items.map(({ id }) => id)).toStrictEqual(['d', 'e', 'f']);
      expect(page.next).toBeUndefined();
    });

    test.each([Number.NaN, Number.POSITIVE_INFINITY])('an expiry of %s is refused', async (until) => {
      const { notes } = bench();
      const version = await inserted(bench(), 'a', { text: 'one' });
      await expect(notes.insert('b', { text: 'one' }, { until })).rejects.toThrow(RangeError);
      await expect(notes.replace('a', { text: 'two' }, version, { until })).rejects.toThrow(RangeError);
      expect((await notes.page({ limit: 9 })).items.map(({ value }) => value.text)).toStrictEqual(['one']);
    });
  });

  describe('sweeping', () => {
    test('takes expired documents of all collections, up to the limit, and nothing else', async () => {
      const { storage, notes, clock } = bench();
      const others = storage.collection<{ text: string }>({ name: 'others' });
      for (let n = 0; n < 5; n += 1) await notes.insert(`a${n}`, { text: '', owner: 'ann' }, { until: UNTIL });
      for (let n = 0; n < 3; n += 1) await others.insert(`b${n}`, { text: '' }, { until: UNTIL - 1 });
      await notes.insert('later', { text: '' }, { until: UNTIL + 1 });
      await notes.insert('ever', { text: '' });
      expect(await storage.sweep(100)).toBe(0);
      clock.set(UNTIL);
      expect(await storage.sweep(6)).toBe(6);
      expect(await storage.sweep(6)).toBe(2);
      expect(await storage.sweep(6)).toBe(0);
      clock.set(START);
      expect((await notes.page({ limit: 10 })).items.map(({ id }) => id)).toStrictEqual(['ever', 'later']);
      expect(await notes.findBy('owner', 'ann')).toStrictEqual([]);
      expect(await others.count()).toBe(0);
    });

    test('does not remove a document that got a new expiry meanwhile', async () => {
      const { storage, notes, clock } = bench();
      await notes.insert('a', { text: 'one' }, { until: UNTIL });
      clock.set(UNTIL);
      await Promise.all([notes.insert('a', { text: 'two' }), storage.sweep(10)]);
      expect((await notes.get('a'))?.value.text).toBe('two');
      await storage.sweep(10);
      expect((await notes.get('a'))?.value.text).toBe('two');
    });
  });
}
