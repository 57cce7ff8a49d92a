import { expect, test } from '@jest/globals';
import { movableClock } from '../../time/clock.ts';
import { counting, seeded, withLatency } from './storage-wrappers.ts';
import { temporaryStore } from './temporary-store.ts';

test('counts calls by collection and function, also those that fail, until it is reset', async () => {
  const store = await temporaryStore(movableClock(0));
  const storage = counting(store.storage);
  const notes = storage.collection<{ text: string }>({ name: 'notes' });
  await notes.insert('a', { text: 'one' });
  await notes.get('a');
  await notes.get('b');
  await expect(notes.findBy('nope', 'x')).rejects.toThrow(/nope/);
  await storage.ping();
  storage.foreignWrites?.();
  const by = { 'notes.insert': 1, 'notes.get': 2, 'notes.findBy': 1, 'storage.ping': 1 };
  expect(storage.calls()).toStrictEqual({ total: 5, by });
  storage.reset();
  expect(storage.calls()).toStrictEqual({ total: 0, by: {} });
  await store.close();
});

test('latency lets calls overtake one another and changes no answer', async () => {
  const store = await temporaryStore(movableClock(0));
  const notes = withLatency(store.storage, { min: 0, max: 30, seed: 7 }).collection<{ n: number }>({ name: 'notes' });
  const order: number[] = [];
  const versions = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const version = await notes.insert(`n${n}`, { n });
      order.push(n);
      return version;
    }),
  );
  expect(versions.every((version) => version !== undefined)).toBe(true);
  expect(order).not.toStrictEqual(order.toSorted((one, other) => one - other));
  expect(await notes.count()).toBe(20);
  await store.close();
});

test('the same seed draws the same numbers, spread over the whole range', () => {
  expect(draws(1)).toStrictEqual(draws(1));
  expect(draws(1)).not.toStrictEqual(draws(2));
  for (let tenth = 0; tenth < 10; tenth += 1) {
    expect(draws(3).filter((number) => Math.floor(number * 10) === tenth).length).toBeGreaterThan(60);
  }
});

function draws(seed: number): number[] {
  const draw = seeded(seed);
  return Array.from({ length: 1000 }, () => draw());
}
