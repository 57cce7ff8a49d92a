import { afterEach, describe, expect, test } from '@jest/globals';
import { movableClock } from '../time/clock.ts';
import { counting, withLatency } from '../test/harness/storage-wrappers.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { createGuessingNetworks, enterLevels, guessingNetworks, type GuessingNetworks } from './network-limits.ts';

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

describe('the counts of running tries, of several nodes and levels', () => {
  const small = 4;
  async function nodeOf(perHourOf = small) {
    const clock = movableClock(start);
    const store = await temporaryStore(clock);
    stores.push(store);
    const calls = counting(store.storage);
    const full: string[] = [];
    const onFull = (network: string) => void full.push(network);
    const networks = createGuessingNetworks({ storage: calls, perHour: perHourOf, onFull });
    const again = async () => createGuessingNetworks({ storage: await store.again(), perHour: perHourOf, onFull });
    const documents = (await store.again()).collection(guessingNetworks);
    const level = async (network = 'a') => (await documents.get(network))?.value.level;
    return { networks, calls, full, clock, again, level, documents };
  }
  const enter = async (networks: GuessingNetworks, network = 'a') => {
    const entered = await networks.enter(network, start);
    if (!entered.ok) throw new Error('Paused.');
    return entered;
  };

  test('four running tries cost no store call, the fifth is counted first', async () => {
    const { networks, calls } = await nodeOf(perHour);
    const running = [];
    for (let one = 0; one < 4; one += 1) running.push(await enter(networks));
    expect(calls.calls().total).toBe(0);
    await enter(networks);
    expect(calls.calls().total).toBeGreaterThan(0);
    // Each that ends makes room for one, and no more.
    for (const entered of running.slice(0, 3)) await entered.left('no guess');
    calls.reset();
    for (let one = 0; one < 3; one += 1) await enter(networks);
    expect(calls.calls().total).toBe(0);
    await enter(networks);
    expect(calls.calls().total).toBeGreaterThan(0);
  });

  test('tries up to half of the limit cost no store call, the next one is counted first', async () => {
    const { networks, calls, level } = await nodeOf();
    await enter(networks);
    await enter(networks);
    expect(calls.calls().total).toBe(0);
    const third = await enter(networks);
    expect(await level()).toBe(1);
    await third.left('no guess');
    expect(await level()).toBe(0);
  });

  test('beyond the limit by tries on several nodes: told once, paused by the count, and a right try is still removed', async () => {
    const { networks, again, full, level } = await nodeOf();
    const other = await again();
    const [running, slow] = [await enter(networks), await enter(networks)];
    const third = await enter(networks);
    expect(await wrong(other, 'a', 50, start)).toBe(small - 1);
    expect(full).toEqual(['a']);
    await slow.left('wrong');
    expect([await level(), full]).toEqual([small + 1, ['a']]);
    const quarter = 3_600_000 / small;
    expect(await networks.enter('a', start)).toEqual({ ok: false, until: start + 2 * quarter });
    await running.left('wrong');
    await third.left('no guess');
    expect(await level()).toBe(small + 1);
  });

  test('a bucket is kept until the millisecond after it is empty', async () => {
    const { networks, documents, clock } = await nodeOf(perHour);
    await wrong(networks, 'a', 1, start);
    clock.set(start + drop);
    expect(await documents.count()).toBe(1);
    clock.set(start + drop + 1);
    expect(await documents.count()).toBe(0);
  });

  test('a try counts in each level; a full one releases those before it', async () => {
    const { networks, calls, level } = await nodeOf();
    const levels = [
      { id: 'wide', times: 2 },
      { id: 'narrow', times: 1 },
    ];
    const entered = await enterLevels(networks, levels, start);
    if (!entered.ok) throw new Error('Paused.');
    await entered.left('wrong');
    expect([await level('wide'), await level('narrow')]).toEqual([1, 1]);
    await wrong(networks, 'narrow', 50, start);
    expect(await enterLevels(networks, levels, start)).toEqual({ ok: false, until: start + 3_600_000 / small });
    expect(await level('wide')).toBe(1);
    calls.reset();
    for (let one = 0; one < 3; one += 1) await networks.enter('wide', start, 2);
    expect(calls.calls().total).toBe(0);
  });
});
