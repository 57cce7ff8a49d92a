import { afterEach, expect, test } from '@jest/globals';
import { movableClock } from '../time/clock.ts';
import { counting, withLatency } from '../test/harness/storage-wrappers.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { createGuessingNetworks, guessingNetworks, type GuessingNetworks } from './network-limits.ts';

const start = Date.parse('2024-01-10T11:00:00Z');
const perHour = 20;
/** Time between two further tries, when the bucket is full. */
const drop = 3_600_000 / perHour;

const stores: TemporaryStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function services() {
  const clock = movableClock(start);
  const store = await temporaryStore(clock);
  stores.push(store);
  const calls = counting(store.storage);
  const full: string[] = [];
  const onFull = (network: string) => void full.push(network);
  const node = async () => createGuessingNetworks({ storage: await store.again(), perHour, onFull });
  return { clock, calls, full, node, networks: createGuessingNetworks({ storage: calls, perHour, onFull }) };
}

/** How many of `tries` wrong passwords from one network were compared. */
async function wrong(networks: GuessingNetworks, network: string, tries: number, now: number): Promise<number> {
  let compared = 0;
  for (let guess = 0; guess < tries; guess += 1) {
    const entered = await networks.enter(network, now);
    if (!entered.ok) continue;
    compared += 1;
    await entered.left('wrong');
  }
  return compared;
}

test('a limited number of wrong passwords at once, then one whenever the bucket has room, to the millisecond', async () => {
  const { networks, full } = await services();
  expect(await wrong(networks, 'a', 50, start)).toBe(perHour);
  expect(full).toEqual(['a']);
  expect(await networks.enter('a', start)).toEqual({ ok: false, until: start + drop });
  expect((await networks.enter('a', start + drop - 1)).ok).toBe(false);
  expect(await wrong(networks, 'a', 5, start + drop)).toBe(1);
  expect(await wrong(networks, 'b', 5, start)).toBe(5);
  let compared = 0;
  for (let minute = 0; minute < 600; minute += 1)
    compared += await wrong(networks, 'a', 3, start + 2 * drop + minute * 60_000);
  expect(compared).toBeLessThanOrEqual(10 * perHour);
  expect(compared).toBeGreaterThan(9 * perHour);
});

test('right passwords fill no bucket, and cost no store call while few are wrong', async () => {
  const { networks, calls } = await services();
  await wrong(networks, 'a', perHour / 2 - 1, start);
  calls.reset();
  for (let visit = 0; visit < 3 * perHour; visit += 1) {
    const entered = await networks.enter('a', start);
    if (!entered.ok) throw new Error('Paused.');
    await entered.left('no guess');
  }
  expect(calls.calls()).toEqual({ total: 0, by: {} });
  // Above half of the limit each try is counted before its comparison, and removed if it was right.
  expect(await wrong(networks, 'a', 5, start)).toBe(5);
  for (let visit = 0; visit < 3 * perHour; visit += 1) {
    const entered = await networks.enter('a', start);
    if (!entered.ok) throw new Error('Paused.');
    await entered.left('no guess');
  }
  expect(await wrong(networks, 'a', 50, start)).toBe(perHour / 2 - 4);
});

test('of hundreds of parallel tries no more are compared', async () => {
  const { clock } = await services();
  const networks = createGuessingNetworks({
    storage: withLatency(await stores[0]!.again(), { min: 0, max: 5, seed: 7 }),
    perHour,
    onFull: () => {},
  });
  let compared = 0;
  await Promise.all(
    Array.from({ length: 300 }, async () => {
      const entered = await networks.enter('a', clock.now());
      if (!entered.ok) return;
      compared += 1;
      await entered.left('wrong');
    }),
  );
  expect(compared).toBeGreaterThan(perHour / 2);
  expect(compared + (await wrong(networks, 'a', 50, clock.now()))).toBe(perHour);
});

test('four nodes share one count, and a restart keeps it', async () => {
  const { node } = await services();
  const nodes = await Promise.all([node(), node(), node(), node()]);
  let compared = 0;
  for (let guess = 0; guess < 200; guess += 1)
    compared += await wrong(nodes[guess % 4] as GuessingNetworks, 'a', 1, start);
  expect(compared).toBe(perHour);
  expect(await wrong(await node(), 'a', 50, start)).toBe(1);
});

test('an empty bucket has no document', async () => {
  const { clock, networks } = await services();
  await wrong(networks, 'a', perHour, start);
  clock.advance(3_600_000 + 1);
  const other = (await stores[0]?.again())?.collection(guessingNetworks);
  expect(await other?.count()).toBe(0);
  expect(await wrong(networks, 'a', 50, clock.now())).toBe(perHour);
  expect(await other?.count()).toBe(1);
});
