import { expect, test } from '@jest/globals';
import { createSignInBuckets } from './sign-in-buckets.ts';

const start = 1_704_880_000_000;
const networksOf = (address: string) =>
  address === 'here'
    ? []
    : address.split('.').map((_, index, parts) => ({
        id: parts.slice(0, index + 1).join('.'),
        times: 2 ** (parts.length - 1 - index),
      }));

test('A-216c: one network may begin five minutes’ worth at once, then evenly; other networks are not affected', () => {
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

test('A-216c: a wide network may begin four times as many, however many parts it has', () => {
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
