import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { createLeadership, type Leadership } from './leader-lease.ts';

let store: TemporaryStore;
let now = 0;
beforeEach(async () => {
  store = await temporaryStore();
  now = 0;
});
afterEach(() => store.close());

const node = async (name: string): Promise<Leadership & { readonly taken: () => number }> => {
  const leader = createLeadership({ storage: await store.again(), node: name, steadily: () => now });
  let taken = 0;
  leader.onElected(() => (taken += 1));
  return { ...leader, taken: () => taken };
};
/** Every node attends every 5 s; returns the leader at the end. */
const pass = async (seconds: number, ...nodes: readonly Leadership[]) => {
  for (const end = now + seconds * 1000; now < end; now += 5_000) await Promise.all(nodes.map((one) => one.attend()));
  return nodes.map((one) => one.isLeader());
};

test('four nodes start at one instant: one becomes the leader, and stays it', async () => {
  const nodes = await Promise.all(['a', 'b', 'c', 'd'].map(node));
  const first = await pass(5, ...nodes);
  expect(first.filter(Boolean)).toHaveLength(1);
  expect(await pass(120, ...nodes)).toEqual(first);
  expect(nodes.filter((one) => one.taken() === 1)).toHaveLength(1);
});

test('a silent leader loses the lease within 30 s, and stops before another takes it', async () => {
  const [a, b] = [await node('a'), await node('b')];
  await a.attend();
  await b.attend();
  now += 4_999;
  await a.attend();
  const silentSince = now;
  let laidDownAt = 0;
  while (!b.isLeader()) {
    now += 1_000;
    if (now % 5_000 === 999) await b.attend();
    if (!a.isLeader() && laidDownAt === 0) laidDownAt = now;
    expect(a.isLeader() && b.isLeader()).toBe(false);
    if (now - silentSince > 30_000) throw new Error('Nobody took it.');
  }
  expect(laidDownAt).toBeGreaterThan(0);
  await a.attend();
  expect([a.isLeader(), b.isLeader()]).toEqual([false, true]);
});

test('a leader that stops releases the lease, and the next one takes it at once', async () => {
  const [a, b] = [await node('a'), await node('b')];
  expect(await pass(5, a, b)).toEqual([true, false]);
  await a.resign();
  expect(a.isLeader()).toBe(false);
  expect(await pass(5, b)).toEqual([true]);
});

test('the leader recognises its own renewal after a lost answer', async () => {
  const [a, b] = [await node('a'), await node('b')];
  await a.attend();
  const again = await node('a');
  await again.attend();
  expect(again.isLeader()).toBe(true);
  now += 5_000;
  await b.attend();
  expect(b.isLeader()).toBe(false);
});
