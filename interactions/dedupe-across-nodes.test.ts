import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../time/clock.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { createDedupeAcrossNodes } from './dedupe-across-nodes.ts';

let store: TemporaryStore;
beforeEach(async () => {
  store = await temporaryStore();
});
afterEach(() => store.close());

const node = async () => createDedupeAcrossNodes({ storage: await store.again(), clock: systemClock });

test('four nodes get one form at one instant: one does the work, and the others wait', async () => {
  const nodes = await Promise.all([node(), node(), node(), node()]);
  let [done, under] = [0, 0];
  const work = async () => {
    under += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
    done += 1;
    return 'done';
  };
  const late = () => `late after ${done}`;
  const said = await Promise.all(nodes.map((each) => each.once(['uid', 'step', { email: 'a' }], work, late)));
  expect(said.toSorted()).toEqual(['done', 'late after 1', 'late after 1', 'late after 1']);
  expect(under).toBe(1);
});

test('another form, and the same form later, do their own work; a fault releases the lock', async () => {
  const [one, other] = [await node(), await node()];
  const work = () => Promise.resolve('done');
  const late = () => 'late';
  expect(await Promise.all([one.once(['a'], work, late), other.once(['b'], work, late)])).toEqual(['done', 'done']);
  expect(await other.once(['a'], work, late)).toBe('done');
  await expect(one.once(['a'], () => Promise.reject(new Error('fault')), late)).rejects.toThrow('fault');
  expect(await other.once(['a'], work, late)).toBe('done');
});
