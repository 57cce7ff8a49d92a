import { describe, expect, test } from '@jest/globals';
import { array, constantFrom, oneof, sample, string } from 'fast-check';
import { START, inserted, type Bench } from './storage-bench.ts';

export function tallyContract(bench: () => Bench): void {
  describe('tally', () => {
    test('counts the documents of each key, in order of key, and leaves out keys that nobody carries', async () => {
      const { notes } = bench();
      await notes.insert('a', { text: '', owner: 'bob', tags: ['x', 'y'] });
      await notes.insert('b', { text: '', owner: 'ann', tags: ['y', 'y'] });
      await notes.insert('c', { text: '', owner: 'bob' });
      await notes.insert('d', { text: '' });
      const gone = await inserted(bench(), 'e', { text: '', owner: 'eve' });
      await notes.remove('e', gone);
      expect(await notes.tally('owner')).toStrictEqual([
        { key: 'ann', documents: 1 },
        { key: 'bob', documents: 2 },
      ]);
      expect(await notes.tally('tag')).toStrictEqual([
        { key: 'x', documents: 1 },
        { key: 'y', documents: 2 },
      ]);
    });

    test('an empty collection has no keys, and an undeclared index throws', async () => {
      const { notes } = bench();
      expect(await notes.tally('owner')).toStrictEqual([]);
      await expect(notes.tally('nope')).rejects.toThrow(/index/);
    });

    test.each([
      ['1 ms before', -1, 2],
      ['at', 0, 1],
      ['1 ms after', 1, 1],
    ])('%s its expiry a document counts or does not, swept or not', async (_when, offset, documents) => {
      const { notes, clock, storage } = bench();
      const until = START + 60_000;
      await notes.insert('a', { text: '', owner: 'ann' });
      await notes.insert('b', { text: '', owner: 'ann' }, { until });
      await notes.insert('c', { text: '', owner: 'bob' }, { until: START + 1 });
      clock.set(until + offset);
      const expected = [{ key: 'ann', documents }];
      expect(await notes.tally('owner')).toStrictEqual(expected);
      await storage.sweep(10);
      expect(await notes.tally('owner')).toStrictEqual(expected);
    });

    test('many of each', async () => {
      const { notes } = bench();
      const many = Array.from({ length: 260 }, (_, at) => at);
      await Promise.all(many.map((at) => notes.insert(`n${at}`, { text: '', owner: at % 3 === 0 ? 'ann' : 'bob' })));
      expect(await notes.tally('owner')).toStrictEqual([
        { key: 'ann', documents: 87 },
        { key: 'bob', documents: 173 },
      ]);
    });

    test('property: the counts equal the written documents', async () => {
      const key = oneof(constantFrom('', ' ', 'Z', 'a', 'é', '\u{10000}', '\uFFFD'), string({ unit: 'grapheme' }));
      const owners = sample(array(key, { minLength: 20, maxLength: 40 }), { numRuns: 1, seed: 7 })[0] ?? [];
      const { notes } = bench();
      for (const [at, owner] of owners.entries()) await notes.insert(`n${at}`, { text: '', owner });
      const counted = new Map<string, number>();
      for (const owner of owners) counted.set(owner, (counted.get(owner) ?? 0) + 1);
      const inOrder = [...counted].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await notes.tally('owner')).toStrictEqual(inOrder.map(([one, documents]) => ({ key: one, documents })));
    });
  });
}
