import { expect, test } from '@jest/globals';
import type { Services } from '../admin/services.ts';
import { movableClock } from '../time/clock.ts';
import { createNodeClock } from './node-clock.ts';

const services = (mongodb?: object) =>
  ({
    settings: { storage: mongodb === undefined ? {} : { mongodb } },
    clock: movableClock(1_000),
    toolsFor: () => ({ now: 1_000 }),
  }) as unknown as Services;
const timeOf = (difference: number, given = services()) => {
  const { clock, isRight, toolsFor } = createNodeClock(given, { clockDifference: () => difference });
  return [clock.now(), toolsFor({} as never).now, isRight()];
};

test('A-210b a server whose clock is behind uses the time of the others; one whose clock is ahead keeps its own', () => {
  expect(timeOf(0)).toEqual([1_000, 1_000, true]);
  expect(timeOf(-60_000)).toEqual([61_000, 61_000, false]);
  expect(timeOf(60_000)).toEqual([1_000, 1_000, false]);
});

test('A-210b the clock of the database server is not read where it may not judge expiry', () =>
  expect(timeOf(-60_000, services({ serverExpiry: false }))).toEqual([1_000, 1_000, true]));
