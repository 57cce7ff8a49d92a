import { describe, expect, test } from '@jest/globals';
import type { Page } from '../../adapters/storage/port.ts';
import type { Bench, Note } from './storage-bench.ts';

export function pagingContract(bench: () => Bench): void {
  const walk = async (limit: number, between: (page: Page<Note>) => Promise<void>): Promise<string[]> => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await bench().notes.page(after === undefined ? { limit } : { after, limit });
      seen.push(...page.items.map(({ id }) => id));
      await between(page);
      after = page.next;
    } while (after !== undefined);
    return seen;
  };

  describe('paging', () => {
    test('gives every document once, in order of id, and ends', async () => {
      const { notes } = bench();
      const ids = ['', 'A', 'Z', 'a', 'aa', 'b', 'z', '~', 'é', '中', '🪪'];
      await Promise.all(ids.toReversed().map((id) => notes.insert(id, { text: id })));
      for (const limit of [1, 2, 5, ids.length - 1, ids.length, 100]) {
        expect(await walk(limit, still)).toStrictEqual(ids);
      }
    });

    test('reports no next page if the last one is just full', async () => {
      const { notes } = bench();
      for (const id of ['a', 'b']) await notes.insert(id, { text: '' });
      expect((await notes.page({ limit: 2 })).next).toBeUndefined();
      expect((await notes.page({ limit: 1 })).next).toBe('a');
    });

    test('an empty collection, and the page after the last document, is empty', async () => {
      const { notes } = bench();
      expect(await notes.page({ limit: 5 })).toStrictEqual({ items: [] });
      await notes.insert('a', { text: '' });
      expect(await notes.page({ after: 'a', limit: 5 })).toStrictEqual({ items: [] });
    });

    test('continues after a document that was removed', async () => {
      const { notes } = bench();
      for (const id of ['a', 'b', 'c']) await notes.insert(id, { text: '' });
      await notes.remove('b');
      expect((await notes.page({ after: 'b', limit: 5 })).items.map(({ id }) => id)).toStrictEqual(['c']);
    });

    test('shows each lasting document exactly once, whatever is written meanwhile', async () => {
      const { notes } = bench();
      const lasting = Array.from({ length: 40 }, (_, n) => `m${String(n).padStart(2, '0')}`);
      const passing = lasting.map((id) => `${id}-passing`);
      await Promise.all([...lasting, ...passing].map((id) => notes.insert(id, { text: '' })));
      let round = 0;
      const seen = await walk(7, async ({ items }) => {
        round += 1;
        const last = items.at(-1)?.id ?? '';
        await notes.insert(`a-before-${round}`, { text: '' });
        await notes.insert(`${last}-behind-${round}`, { text: '' });
        const gone = passing.shift();
        if (gone !== undefined) await notes.remove(gone);
        for (const id of lasting.slice(0, 5)) {
          const stored = await notes.get(id);
          if (stored) await notes.replace(id, { text: `round ${round}`, owner: 'ann' }, stored.version);
        }
      });
      expect(round).toBeGreaterThan(5);
      expect(seen.filter((id) => lasting.includes(id))).toStrictEqual(lasting);
      expect(new Set(seen).size).toBe(seen.length);
    });

    test('count agrees with the pages', async () => {
      const { notes } = bench();
      expect(await notes.count()).toBe(0);
      for (let n = 0; n < 12; n += 1) await notes.insert(`n${n}`, { text: '' });
      await notes.remove('n3');
      expect(await notes.count()).toBe(11);
      expect(await walk(5, still)).toHaveLength(11);
    });
  });
}

function still(): Promise<void> {
  return Promise.resolve();
}
