import { expect, test } from '@jest/globals';
import { createHealth } from './health.ts';
import { createSignInBuckets } from './sign-in-buckets.ts';

const start = 1_704_880_000_000;
const networksOf = (address: string) =>
  address === 'here'
    ? []
    : address.split('.').map((_, index, parts) => ({
        id: parts.slice(0, index + 1).join('.'),
        times: 2 ** (parts.length - 1 - index),
      }));

test('A-216c: five minutes’ worth at once from one network, then evenly; others are not touched', () => {
  const buckets = createSignInBuckets({ perMinute: 10, networksOf });
  let begun = 0;
  const begin = (address: string, now: number) => {
    if (buckets.wait(address, now) > 0) return;
    begun += 1;
    buckets.count(address, now);
  };
  for (let one = 0; one < 500; one += 1) begin('a', start);
  expect(begun).toBe(50);
  expect(buckets.wait('a', start)).toBe(6);
  expect(buckets.wait('a', start + 6_000)).toBe(0);
  expect([buckets.wait('b', start), buckets.wait('here', start), buckets.wait('a', start, 4)]).toEqual([0, 0, 0]);
  begun = 0;
  for (let now = start; now < start + 3_600_000; now += 1_000) begin('a', now);
  expect(begun).toBeLessThanOrEqual(600);
  expect(begun).toBeGreaterThan(590);
});

test('A-216c: a wide network has four times as much, and no more by its number of parts', () => {
  const buckets = createSignInBuckets({ perMinute: 10, networksOf });
  let begun = 0;
  for (let one = 0; one < 5_000; one += 1) {
    const address = `wide.${one % 100}.${one}`;
    if (buckets.wait(address, start) > 0) continue;
    begun += 1;
    buckets.count(address, start);
  }
  expect(begun).toBe(200);
});

test('A-216d: readiness asks the store once in a second, however often it is asked; a bad answer is not kept', async () => {
  let [asked, now, works] = [0, 0, true];
  const store = {
    ping: () => {
      asked += 1;
      return works ? Promise.resolve() : Promise.reject(new Error('gone'));
    },
  };
  const health = createHealth(
    store,
    () => 0,
    () => now,
  );
  const ready = async () => {
    const ctx = { path: '/health/ready', status: 404, body: undefined };
    await health(ctx as never, () => Promise.resolve());
    return ctx.status;
  };
  expect(new Set(await Promise.all(Array.from({ length: 50 }, ready)))).toEqual(new Set([200]));
  now = 999;
  expect([await ready(), asked]).toEqual([200, 1]);
  [now, works] = [1_000, false];
  expect([await ready(), await ready(), asked]).toEqual([503, 503, 3]);
  works = true;
  expect(await ready()).toBe(200);
});
