import { expect, test } from '@jest/globals';
import { sweepAll } from './sweeper.ts';

function expired(count: number) {
  let left = count;
  const batches: number[] = [];
  const sweep = async (limit: number) => {
    const swept = Math.min(limit, left);
    left -= swept;
    batches.push(swept);
    return swept;
  };
  return { sweep, batches, left: () => left };
}

test('A-216e: one round deletes all expired documents, in batches', async () => {
  const store = expired(12_345);
  expect(await sweepAll(store, () => true, 500)).toBe(12_345);
  expect([store.left(), store.batches.length, Math.max(...store.batches)]).toEqual([0, 25, 500]);
});

test('A-216e: it stops when the process is no longer the leader', async () => {
  const store = expired(12_345);
  let rounds = 3;
  expect(await sweepAll(store, () => (rounds -= 1) >= 0, 500)).toBe(1_500);
});
