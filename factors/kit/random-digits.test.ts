import { randomInt } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { randomDigits } from './random-digits.ts';

const random = { bytes: () => new Uint8Array(), int: (below: number) => randomInt(below) };
const sample = 1_000_000;

/**
 * Pearson's chi-square over the first three digits (1,000 bins, so 999 degrees of freedom) and over each place (10 bins
 * each).
 */
function chiSquares(draw: () => string): readonly number[] {
  const bins = new Uint32Array(1000);
  const places = Array.from({ length: 6 }, () => new Uint32Array(10));
  for (let drawn = 0; drawn < sample; drawn += 1) {
    const code = draw();
    bins[Number(code.slice(0, 3))]! += 1;
    for (let place = 0; place < 6; place += 1) places[place]![Number(code[place])]! += 1;
  }
  return [bins, ...places].map((counts) => {
    const expected = sample / counts.length;
    return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  });
}

// Eight standard deviations (of √(2 × degrees)) above the mean: chance alone exceeds that in far less than one run of
// 10^9.
const limit = (degrees: number): number => degrees + 8 * Math.sqrt(2 * degrees);

test('A-011, A-018: a million codes are even in all places', () => {
  const [bins, ...places] = chiSquares(() => randomDigits(random, 6));
  expect(bins).toBeLessThan(limit(999));
  for (const place of places) expect(place).toBeLessThan(limit(9));
});

test('the measure tells three random bytes modulo a million from an even draw', () => {
  const [bins] = chiSquares(() => String(randomInt(2 ** 24) % 1_000_000).padStart(6, '0'));
  expect(bins).toBeGreaterThan(limit(999));
});

test('leading zeros stay', () => {
  expect(randomDigits({ ...random, int: () => 7 }, 8)).toBe('00000007');
  expect(randomDigits({ ...random, int: (below) => below - 1 }, 7)).toBe('9999999');
});
