import { describe, expect, test } from '@jest/globals';
import type { Collection, Storage } from '../../adapters/storage/port.ts';
import { withLatency } from '../harness/storage-wrappers.ts';
import { NOTES, inserted } from './storage-bench.ts';
import type { Bench, Note } from './storage-bench.ts';

/** How the callers reach the store: one storage, one over a slow network, or two storages as of two processes. */
const WAYS = ['directly', 'with 0 to 50 ms of latency', 'from two nodes'] as const;

export function racesContract(bench: () => Bench): void {
  const callers = async (way: (typeof WAYS)[number]): Promise<(caller: number) => Collection<Note>> => {
    const { notes, another } = bench();
    if (way === 'directly') return () => notes;
    const second: Storage = await another();
    if (way === 'from two nodes') {
      const theirs = second.collection(NOTES);
      return (caller) => (caller % 2 === 0 ? notes : theirs);
    }
    const slow = withLatency(second, { min: 0, max: 50, seed: 20_270_115 }).collection(NOTES);
    return () => slow;
  };
  const rounds = [16, 64].flatMap((parallel) => WAYS.map((way) => ({ parallel, way })));

  describe('races', () => {
    test.each(rounds)('$parallel inserts of one id $way: one winner', async ({ parallel, way }) => {
      const at = await callers(way);
      const answers = await all(parallel, (caller) => at(caller).insert('a', { text: `${caller}` }));
      const winners = answers.flatMap((version, caller) => (version === undefined ? [] : [{ version, caller }]));
      expect(winners).toHaveLength(1);
      expect(await bench().notes.get('a')).toMatchObject({
        value: { text: `${winners[0]?.caller}` },
        version: winners[0]?.version,
      });
    });

    test.each(rounds)('$parallel replaces of one version $way: one winner', async ({ parallel, way }) => {
      const at = await callers(way);
      const version = await inserted(bench(), 'a', { text: 'start', owner: 'start' });
      const answers = await all(parallel, (caller) =>
        at(caller).replace('a', { text: `${caller}`, owner: `${caller}` }, version),
      );
      const winners = answers.flatMap((next, caller) => (next === undefined ? [] : [{ next, caller }]));
      expect(winners).toHaveLength(1);
      const winner = winners[0];
      expect(await bench().notes.get('a')).toMatchObject({
        value: { text: `${winner?.caller}` },
        version: winner?.next,
      });
      const found = await all(parallel, (caller) => bench().notes.findBy('owner', `${caller}`));
      expect(found.flatMap((list, caller) => (list.length > 0 ? [caller] : []))).toStrictEqual([winner?.caller]);
    });

    test.each(rounds)('$parallel inserts over one expired id $way: one winner', async ({ parallel, way }) => {
      const at = await callers(way);
      const { notes, clock } = bench();
      await notes.insert('a', { text: 'old', owner: 'old' }, { until: clock.now() + 1 });
      clock.advance(1);
      const answers = await all(parallel, (caller) => at(caller).insert('a', { text: `${caller}` }));
      expect(answers.filter((version) => version !== undefined)).toHaveLength(1);
      expect(await notes.findBy('owner', 'old')).toStrictEqual([]);
    });

    test.each(WAYS)('16 removes %s: one took it away', async (way) => {
      const at = await callers(way);
      await inserted(bench(), 'a', { text: 'one' });
      const answers = await all(16, (caller) => at(caller).remove('a'));
      expect(answers.filter(Boolean)).toHaveLength(1);
    });

    test.each(WAYS)('8 replaces against 8 removes of one version %s: one winner, and the store agrees', async (way) => {
      const at = await callers(way);
      const { notes } = bench();
      for (const id of ['a', 'b', 'c', 'd']) {
        const version = await inserted(bench(), id, { text: 'start' });
        const answers = await all(16, async (caller) =>
          caller % 2 === 0
            ? (await at(caller).replace(id, { text: 'replaced' }, version)) && 'replaced'
            : (await at(caller).remove(id, version)) && 'removed',
        );
        const won = answers.filter(Boolean);
        expect(won).toHaveLength(1);
        expect((await notes.get(id))?.value.text).toBe(won[0] === 'replaced' ? 'replaced' : undefined);
      }
    });

    test.each(WAYS)('a removeBy against replaces %s: each document is either gone or replaced', async (way) => {
      const at = await callers(way);
      const { notes } = bench();
      const ids = Array.from({ length: 8 }, (_, n) => `n${n}`);
      const versions = await Promise.all(ids.map((id) => inserted(bench(), id, { text: 'start', owner: 'ann' })));
      const removing = at(1).removeBy('owner', 'ann');
      const answers = await all(8, (n) => at(0).replace(`n${n}`, { text: 'kept', owner: 'bob' }, versions[n] ?? ''));
      const removed = await removing;
      const kept = answers.filter((version) => version !== undefined).length;
      expect(removed + kept).toBe(8);
      expect(await notes.count()).toBe(kept);
      expect(await notes.findBy('owner', 'ann')).toStrictEqual([]);
      expect(await notes.findBy('owner', 'bob')).toHaveLength(kept);
    });

    test.each(WAYS)('8 callers who read, count and try again %s: nothing is counted twice or lost', async (way) => {
      const at = await callers(way);
      await inserted(bench(), 'counter', { text: '0' });
      await all(8, async (caller) => {
        for (let mine = 0; mine < 3;) {
          const stored = await at(caller).get('counter');
          if (!stored) throw new Error('the counter is gone');
          const next = { text: String(Number(stored.value.text) + 1) };
          if ((await at(caller).replace('counter', next, stored.version)) !== undefined) mine += 1;
        }
      });
      expect((await bench().notes.get('counter'))?.value.text).toBe('24');
    });
  });
}

function all<R>(parallel: number, call: (caller: number) => Promise<R>): Promise<R[]> {
  return Promise.all(Array.from({ length: parallel }, (_, caller) => call(caller)));
}
