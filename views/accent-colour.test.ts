import { expect, test } from '@jest/globals';
import { assert, integer, property } from 'fast-check';
import { accentContrast, accentPalette, contrast, leastContrast, paletteStyle } from './accent-colour.ts';

test('A-620: the contrast of colours is that of WCAG 2.2', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#ffffff', '#ffffff')).toBe(1);
  // The well-known border of grey on white.
  expect(contrast('#767676', '#ffffff')).toBeGreaterThanOrEqual(4.5);
  expect(contrast('#777777', '#ffffff')).toBeLessThan(4.5);
  expect(accentContrast('#ffd200')).toBeLessThan(2);
});

const colours = integer({ min: 0, max: 0xffffff })
  .map((colour) => `#${colour.toString(16).padStart(6, '0')}`)
  .filter((colour) => accentContrast(colour) >= leastContrast);

test('A-620: of every accent colour that is taken, all derived shades are readable, light and dark', () => {
  assert(
    property(colours, (accent) => {
      const { light, dark } = accentPalette(accent);
      expect(light.accent).toBe(accent);
      for (const { accent: shown, strong, soft, on } of [light, dark]) {
        expect(contrast(shown, on)).toBeGreaterThanOrEqual(leastContrast);
        expect(contrast(strong, on)).toBeGreaterThanOrEqual(leastContrast);
        expect(contrast(shown, soft)).toBeGreaterThanOrEqual(leastContrast);
      }
      for (const ground of ['#10181d', '#182329']) {
        expect(contrast(dark.accent, ground)).toBeGreaterThanOrEqual(leastContrast);
        expect(contrast(dark.strong, ground)).toBeGreaterThanOrEqual(leastContrast);
      }
      for (const ground of ['#ffffff', '#f3f6f5'])
        expect(contrast(light.strong, ground)).toBeGreaterThanOrEqual(leastContrast);
      // Text of its usual colour on the soft shade, as on a chosen key.
      expect(contrast('#14202b', light.soft)).toBeGreaterThanOrEqual(7);
      expect(contrast('#eef3f3', dark.soft)).toBeGreaterThanOrEqual(leastContrast);
      expect(paletteStyle({ light, dark })).toMatch(/^[\w\s:;{}()#@-]+$/);
    }),
    { numRuns: 2000 },
  );
});
