import { expect, test } from '@jest/globals';
import { createEvenClock, evenFor } from './even-clock.ts';

function start() {
  const state = { at: 1_000_000, steady: 0, right: true };
  const even = createEvenClock({
    clock: { now: () => state.at },
    steadily: () => state.steady,
    isRight: () => state.right,
  });
  /** Looks every minute for so long (ms); the last answer. */
  const run = (milliseconds: number): boolean => {
    let last = even.isEven();
    for (let passed = 0; passed < milliseconds; passed += 60_000) {
      state.at += 60_000;
      state.steady += 60_000;
      last = even.isEven();
    }
    return last;
  };
  return { state, even, run };
}

test('A-392 a clock counts once it has run evenly for ten minutes, and not after it was set or found wrong', () => {
  const { state, even, run } = start();
  expect(run(evenFor - 60_000)).toBe(false);
  expect(run(60_000)).toBe(true);
  for (const jump of [3_001, -3_001, 86_400_000]) {
    state.at += jump;
    expect(even.isEven()).toBe(false);
    expect(run(evenFor - 60_000)).toBe(false);
    expect(run(60_000)).toBe(true);
  }
  state.at += 3_000;
  expect(even.isEven()).toBe(true);
  state.right = false;
  expect(even.isEven()).toBe(false);
  state.right = true;
  expect(run(evenFor - 60_000)).toBe(false);
  expect(run(60_000)).toBe(true);
});
