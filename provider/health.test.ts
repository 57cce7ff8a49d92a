import { beforeEach, describe, expect, test } from '@jest/globals';
import { StorageUnavailable } from '../adapters/storage/port.ts';
import { createHealth, type WriteProof } from './health.ts';

interface Answer {
  readonly path: string;
  status: number;
  body: unknown;
}

let now: number;
let written: number | undefined;
let there: boolean;
let works: boolean;
let writes: number;
let reads: number;
let ask: (path: string, next?: (ctx: Answer) => Promise<void>) => Promise<number>;
beforeEach(() => {
  [now, written, there, works, writes, reads] = [0, 0, true, true, 0, 0];
  const answer = <T>(value: T) =>
    works ? Promise.resolve(value) : Promise.reject(new StorageUnavailable('unreachable', 'gone'));
  const proof: WriteProof = {
    wroteAt: () => written,
    isThere: () => {
      reads += 1;
      return answer(there);
    },
  };
  const store = {
    ping: () => {
      writes += 1;
      return answer(undefined);
    },
  };
  const health = createHealth({ store, proof, clockDifference: () => 0, now: () => now });
  ask = async (path, next) => {
    const ctx: Answer = { path, status: 404, body: undefined };
    await health(ctx as never, () => next?.(ctx) ?? Promise.resolve());
    return ctx.status;
  };
});
const ready = () => ask('/health/ready');

test('A-216d, A-251: readiness writes nothing while the node’s heartbeat shows that the store takes writes', async () => {
  for (now = 0; now < 3_600_000; now += 1_000) {
    if (now % 5_000 === 0) written = now;
    expect(new Set(await Promise.all(Array.from({ length: 3 }, ready)))).toEqual(new Set([200]));
  }
  expect([writes, reads]).toEqual([0, 3_600]);
});

describe('A-251: without a recent heartbeat, readiness writes to the store, once in a second', () => {
  test('the heartbeat failed, or is older than ten seconds', async () => {
    for (const last of [undefined, -10_000]) {
      [now, written, writes] = [now + 60_000, last && now + 60_000 + last, 0];
      expect(new Set(await Promise.all(Array.from({ length: 50 }, ready)))).toEqual(new Set([200]));
      now += 999;
      expect([await ready(), writes]).toEqual([200, 1]);
    }
  });

  test('the heartbeat is gone: somebody emptied the store', async () => {
    there = false;
    expect([await ready(), writes]).toEqual([200, 1]);
  });

  test('a request has found the store unavailable since; the next heartbeat proves that it works', async () => {
    expect([await ready(), writes]).toEqual([200, 0]);
    await ask('/a', (ctx) => Promise.resolve(void (ctx.status = 503)));
    expect([await ready(), writes]).toEqual([200, 1]);
    const gone = new Error('as told', { cause: new StorageUnavailable('full', 'full') });
    await expect(ask('/b', () => Promise.reject(gone))).rejects.toBe(gone);
    expect([await ready(), writes]).toEqual([200, 2]);
    await expect(ask('/c', () => Promise.reject(new Error('a fault')))).rejects.toThrow('a fault');
    now += 1_000;
    expect([await ready(), writes]).toEqual([200, 3]);
    written = now += 1_000;
    expect([await ready(), writes]).toEqual([200, 3]);
  });
});

test('D-05: a store that does not answer is reported at the next request, and a bad answer is not cached', async () => {
  expect(await ready()).toBe(200);
  [now, works] = [1_000, false];
  expect([await ready(), await ready(), reads]).toEqual([503, 503, 3]);
  works = true;
  expect(await ready()).toBe(200);
  expect(writes).toBe(0);
  [written, works] = [undefined, false];
  now += 1_000;
  expect([await ready(), await ready(), writes]).toEqual([503, 503, 2]);
});
