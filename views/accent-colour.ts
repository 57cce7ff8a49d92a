/**
 * The colours of a deployment from its one accent colour: contrast is computed (WCAG 2.2), shades and the dark ones are
 * derived. Called where the configuration is checked, and by the style sheet of a deployment.
 */

type Rgb = readonly [number, number, number];

/** `#rrggbb` → 0 to 255 each. */
const rgbOf = (hex: string): Rgb => [partAt(hex, 1), partAt(hex, 3), partAt(hex, 5)];
const partAt = (hex: string, at: number): number => Number.parseInt(hex.slice(at, at + 2), 16);
const hexOf = (rgb: Rgb): string => `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [red, green, blue] = rgbOf(hex);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(part: number): number {
  const share = part / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** WCAG 2.2, contrast ratio of two colours `#rrggbb`: 1 to 21. */
export function contrast(one: string, other: string): number {
  const [first, second] = [luminance(one), luminance(other)];
  return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
}

/** @param share of `other`, 0 to 1 */
function mix(one: string, other: string, share: number): string {
  const [red, green, blue] = rgbOf(one);
  const [toRed, toGreen, toBlue] = rgbOf(other);
  const between = (from: number, to: number) => from + (to - from) * share;
  return hexOf([between(red, toRed), between(green, toGreen), between(blue, toBlue)]);
}

/** Success criterion 1.4.3, level AA, text of any size. */
export const leastContrast = 4.5;
/** The grounds of `rekey.css` that the accent colour is written on: white and the soft ground, light and dark. */
const grounds = { light: ['#ffffff', '#f3f6f5'], dark: ['#10181d', '#182329'] } as const;

export interface Shades {
  readonly accent: string;
  /** Under the pointer. */
  readonly strong: string;
  /** Behind what is written in the accent colour. */
  readonly soft: string;
  /** What is written on the accent colour. */
  readonly on: string;
}

export interface AccentPalette {
  readonly light: Shades;
  readonly dark: Shades;
}

/** The least contrast of the accent colour on the light grounds: below `leastContrast` it is no colour for text. */
export const accentContrast = (accent: string): number =>
  Math.min(...grounds.light.map((ground) => contrast(accent, ground)));

/** The first mix, in steps of 2 %, for which `holds`; the last one otherwise. */
function firstMix(
  one: string,
  other: string,
  [from, to]: readonly [number, number],
  holds: (mixed: string) => boolean,
) {
  const count = Math.round(Math.abs(to - from) / 0.02);
  const steps = Array.from({ length: count + 1 }, (_, step) => mix(one, other, from + ((to - from) * step) / count));
  return steps.find(holds) ?? mix(one, other, to);
}

/** @param accent `#rrggbb`, whose `accentContrast` is `leastContrast` at least */
export function accentPalette(accent: string): AccentPalette {
  const soft = firstMix('#ffffff', accent, [0.12, 0], (mixed) => contrast(mixed, accent) >= leastContrast);
  const light = { accent, strong: mix(accent, '#000000', 0.22), soft, on: '#ffffff' };
  const [ground, raised] = grounds.dark;
  // 7: as the product's own, since thin coloured text on a dark ground is hard to read at less.
  const shown = firstMix(accent, '#ffffff', [0, 0.9], (mixed) => contrast(mixed, raised) >= 7);
  const darkSoft = firstMix(ground, accent, [0.3, 0], (mixed) => contrast(mixed, shown) >= leastContrast);
  const on = firstMix(accent, '#000000', [0.6, 1], (mixed) => contrast(mixed, shown) >= leastContrast);
  return { light, dark: { accent: shown, strong: mix(shown, '#ffffff', 0.35), soft: darkSoft, on } };
}

const tokens = ({ accent, strong, soft, on }: Shades): string =>
  `--accent:${accent};--accent-strong:${strong};--accent-soft:${soft};--on-accent:${on}`;

/** Behind the text of `rekey.css`, whose tokens it replaces. On paper it is always light. */
export const paletteStyle = ({ light, dark }: AccentPalette): string =>
  `:root{${tokens(light)}}\n@media screen and (prefers-color-scheme:dark){:root{${tokens(dark)}}}\n`;
