import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { movableClock } from '../time/clock.ts';
import type { Scheduler } from '../time/scheduler.ts';
import { StorageUnavailable, type Storage } from '../adapters/storage/port.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { movedTime } from '../test/harness/moved-time.ts';
import { until } from '../test/harness/until.ts';
import { createMembership } from './membership.ts';
import { watchNodes } from './heartbeat.ts';

const noon = Date.parse('2026-03-01T12:00:00Z');
let store: TemporaryStore;
beforeEach(async () => {
  store = await temporaryStore(movableClock(noon));
});
afterEach(() => store.close());

const join = async (
  id: string,
  now: number,
  around: (storage: Storage) => Storage = (same) => same,
  time: { readonly steadily?: () => number; readonly scheduler?: Scheduler } = {},
) => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const storage = around(await store.again());
  const node = createMembership({ storage, clock: movableClock(now), log, id, label: id, ...time });
  await node.enter();
  return { ...node, lines };
};

test('a process that joins is listed, one that leaves is not', async () => {
  const [a, b] = [await join('a', noon), await join('b', noon + 1_000)];
  const seen = await store.again();
  expect((await watchNodes(seen)()).map(({ id }) => id)).toEqual(['a', 'b']);
  await a.leave();
  await b.leave();
  expect(await watchNodes(await store.again())()).toEqual([]);
});

test('A-251 the last heartbeat proves that the store takes writes, as long as the store has it', async () => {
  let steady = 1_000;
  const full = { now: false };
  const fails = (storage: Storage): Storage => ({
    ...storage,
    collection: (spec) => {
      const documents = storage.collection(spec);
      return {
        ...documents,
        replace: (...given) =>
          full.now ? Promise.reject(new StorageUnavailable('full', 'as asked')) : documents.replace(...given),
      };
    },
  });
  const time = movedTime();
  const node = await join('a', noon, fails, { steadily: () => steady, scheduler: time.scheduler });
  expect([node.wroteAt(), await node.isThere()]).toEqual([1_000, true]);
  steady = 6_000;
  time.advance(5_000);
  await until('it has written again', () => node.wroteAt() === 6_000);
  full.now = true;
  time.advance(5_000);
  await until('it could not write', () => node.wroteAt() === undefined);
  expect(await node.isThere()).toBe(true);
  await node.leave();
  expect(await node.isThere()).toBe(false);
});

test.each([
  ['behind', -60_000],
  ['ahead', 60_000],
])('D-12 a clock a minute %s of the store’s own is told at once, and for as long as it lasts', async (_, by) => {
  const node = await join('a', noon + by, (storage) => ({ ...storage, time: async () => noon }));
  expect(node.lines.map((line) => JSON.parse(line))).toMatchObject([
    { event: 'clock.wrong', aheadSeconds: by / 1000, by: 'store' },
  ]);
  expect(node.clockDifference()).toBe(by);
  await node.leave();
});

test('a difference shorter than the time of the answer counts as none', async () => {
  const node = await join('a', noon, (storage) => ({ ...storage, time: async () => noon + 2_999 }));
  expect([node.clockDifference(), node.lines]).toEqual([0, []]);
  await node.leave();
});

test('if the store has no clock, a heartbeat from the future shows the difference', async () => {
  const silent = (storage: Storage): Storage => ({ ...storage, time: () => Promise.resolve(undefined) });
  const ahead = await join('a', noon + 20_000, silent);
  const right = await join('b', noon, silent);
  expect(right.clockDifference()).toBe(-20_000);
  expect(right.lines.map((line) => JSON.parse(line))).toMatchObject([{ event: 'clock.wrong', by: 'nodes' }]);
  await ahead.leave();
  await right.leave();
});
