import { expect, test } from '@jest/globals';
import { movableClock } from '../time/clock.ts';
import { temporaryStore } from '../test/harness/temporary-store.ts';
import { createQuotaStore, type Bound } from './quota-store.ts';

const noon = Date.UTC(2024, 1, 20, 12, 30);
const hour = 3_600_000;

const open = async () => {
  const clock = movableClock(noon);
  const store = await temporaryStore(clock);
  return { clock, store, quotas: createQuotaStore(store.storage) };
};
const twoAnHour: readonly Bound[] = [{ window: 'hour', most: 2 }];

test('a bound for an hour, and again from the next hour on', async () => {
  const { clock, store, quotas } = await open();
  const take = () => quotas.take('country BE', 1, twoAnHour, clock.now());
  expect(await take()).toEqual({ ok: true, alarms: [] });
  expect(await take()).toEqual({ ok: true, alarms: [] });
  const until = Date.UTC(2024, 1, 20, 13);
  expect(await take()).toEqual({ ok: false, bound: twoAnHour[0], until, first: true });
  expect(await take()).toMatchObject({ ok: false, first: false });
  clock.set(until - 1);
  expect(await take()).toMatchObject({ ok: false, first: false });
  clock.set(until);
  expect(await take()).toMatchObject({ ok: true });
  await store.close();
});

test('the count of one subject does not change another', async () => {
  const { clock, store, quotas } = await open();
  for (const subject of ['block +324701', 'block +324702', 'country BE'])
    for (const _ of [1, 2]) expect(await quotas.take(subject, 1, twoAnHour, clock.now())).toMatchObject({ ok: true });
  await store.close();
});

test('of several bounds the longest wait is returned, and a refusal is not counted', async () => {
  const { clock, store, quotas } = await open();
  const bounds: readonly Bound[] = [
    { window: 'hour', most: 3 },
    { window: 'day', most: 4 },
    { window: 'month', most: 5 },
  ];
  const tomorrow = Date.UTC(2024, 1, 21);
  const take = (amount = 1) => quotas.take('money', amount, bounds, clock.now());
  expect(await take(3)).toMatchObject({ ok: true });
  expect(await take(1)).toMatchObject({ ok: false, bound: { window: 'hour' } });
  clock.advance(hour);
  expect(await take(3)).toMatchObject({ ok: false, bound: { window: 'month' }, until: Date.UTC(2024, 2) });
  expect(await take(1)).toMatchObject({ ok: true });
  expect(await take(1)).toMatchObject({ ok: false, bound: { window: 'day' }, until: tomorrow });
  clock.set(tomorrow);
  expect(await take(1)).toMatchObject({ ok: true });
  expect(await take(1)).toMatchObject({ ok: false, bound: { window: 'month' } });
  clock.set(Date.UTC(2024, 2, 1) - 1);
  expect(await take(1)).toMatchObject({ ok: false });
  clock.set(Date.UTC(2024, 2, 1));
  expect(await take(1)).toMatchObject({ ok: true });
  await store.close();
});

test('an alarm is raised once, with the amount that reaches it', async () => {
  const { clock, store, quotas } = await open();
  const bounds: readonly Bound[] = [{ window: 'day', most: 100, alarmAt: 80 }];
  const alarms: number[] = [];
  for (let at = 0; at < 10; at += 1) {
    const taken = await quotas.take('money', 10, bounds, clock.now());
    if (taken.ok && taken.alarms.length > 0) alarms.push(at);
  }
  expect(alarms).toEqual([7]);
  await store.close();
});

test('of 40 at once exactly as many pass as the bound permits, and one is the first refusal', async () => {
  const { clock, store, quotas } = await open();
  const all = await Promise.all(
    Array.from({ length: 40 }, () => quotas.take('money', 1, [{ window: 'day', most: 25 }], clock.now())),
  );
  expect(all.filter(({ ok }) => ok)).toHaveLength(25);
  expect(all.filter((one) => !one.ok && one.first)).toHaveLength(1);
  await store.close();
});
