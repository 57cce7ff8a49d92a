import { expect, test } from '@jest/globals';
import { createHashQueue, HashQueueFull } from './hash-queue.ts';

/** Work that ends when the test says so. */
function works(queue: ReturnType<typeof createHashQueue>) {
  const order: string[] = [];
  const ends = new Map<string, () => void>();
  const add = (name: string, first: boolean) =>
    queue.run(
      () => {
        order.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      },
      { first },
    );
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { add, end, order };
}

test('A-216a: a known person is served before a hundred strangers who came earlier', async () => {
  const { add, end, order } = works(createHashQueue({ atOnce: 2, waitingAtMost: 200 }));
  const all = Array.from({ length: 100 }, (_, index) => add(`stranger ${index}`, false));
  all.push(add('known 1', true), add('known 2', true));
  expect(order).toEqual(['stranger 0', 'stranger 1']);
  await end('stranger 0');
  await end('stranger 1');
  expect(order.slice(2)).toEqual(['known 1', 'known 2']);
  await end('known 1');
  await end('known 2');
  expect(order.slice(4)).toEqual(['stranger 2', 'stranger 3']);
  for (let index = 2; index < 100; index += 1) await end(`stranger ${index}`);
  await Promise.all(all);
  expect(order).toHaveLength(102);
});

test('A-216a: strangers who fill the queue leave places for known people', async () => {
  const { add, end, order } = works(createHashQueue({ atOnce: 1, waitingAtMost: 2 }));
  const all = [add('a', false), add('b', false), add('c', false)];
  await expect(add('d', false)).rejects.toBeInstanceOf(HashQueueFull);
  all.push(add('known', true));
  for (const name of ['a', 'known', 'b', 'c']) await end(name);
  await Promise.all(all);
  expect(order).toEqual(['a', 'known', 'b', 'c']);
});

test('a fault keeps no place occupied', async () => {
  const queue = createHashQueue({ atOnce: 1, waitingAtMost: 0 });
  await expect(queue.run(() => Promise.reject(new Error('as asked')))).rejects.toThrow('as asked');
  expect(await queue.run(async () => 7)).toBe(7);
});

test('A-261 a reserved place is for one run only, until it is released; without a queue it runs at once', async () => {
  const queue = createHashQueue({ atOnce: 1, waitingAtMost: 1 });
  const [one, other] = [queue.keep(), queue.keep()];
  expect(() => queue.keep()).toThrow(HashQueueFull);
  await expect(queue.run(async () => 1)).rejects.toBeInstanceOf(HashQueueFull);
  // Places for known people are still free.
  expect(await queue.run(async () => 2, { first: true })).toBe(2);
  other.leave();
  other.leave();
  const gate = Promise.withResolvers<number>();
  const running = queue.run(() => gate.promise);
  const waits = queue.run(async () => 3, { place: one });
  expect(() => queue.keep()).toThrow(HashQueueFull);
  gate.resolve(4);
  expect(await Promise.all([running, waits])).toEqual([4, 3]);
  one.leave();
  expect(await Promise.all([queue.run(async () => 5), queue.run(async () => 6)])).toEqual([5, 6]);
});

test('a refusal is a 503, and known people have as many places as strangers', () => {
  const queue = createHashQueue({ atOnce: 1, waitingAtMost: 1 });
  queue.keep(true);
  queue.keep(true);
  expect(() => queue.keep(true)).toThrow(expect.objectContaining({ status: 503 }));
});
