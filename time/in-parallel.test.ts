import { expect, test } from '@jest/globals';
import { inParallel } from './in-parallel.ts';

test('A-350 everything is done once, and never more at a time than is said', async () => {
  let [underWay, most] = [0, 0];
  const seen: number[] = [];
  await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await Promise.resolve();
    underWay -= 1;
    seen.push(item);
  });
  expect([most, seen.toSorted((a, b) => a - b)]).toEqual([3, [1, 2, 3, 4, 5, 6, 7]]);
});

test('A-350 after a failure nothing further is begun', async () => {
  const begun: number[] = [];
  const work = inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
    begun.push(item);
    await Promise.resolve();
    if (item === 2) throw new Error('full');
  });
  await expect(work).rejects.toThrow('full');
  expect(begun).toEqual([1, 2, 3]);
});
