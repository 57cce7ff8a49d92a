/** Picks the language of a page from what the browser and the relying party ask for. */
import type { LanguageCode } from './models.ts';

export interface LanguageWishes {
  /** OpenID Connect Core §3.1.2.1: BCP 47 tags separated by spaces, best first. */
  readonly uiLocales?: string | undefined;
  /** The person's earlier choice here. */
  readonly cookie?: string | undefined;
  /** The header as sent, RFC 9110 §12.5.4. */
  readonly acceptLanguage?: string | undefined;
  readonly fallback: LanguageCode;
  readonly offered: readonly LanguageCode[];
}

/** The most entries that are read of either list; the rest is ignored. */
const LONGEST = 1000;

/**
 * The language of a page: what the service asked for, otherwise what the person chose, otherwise what the browser
 * prefers, otherwise the deployment's own. Tags are shortened until one fits (RFC 4647 §3.4): `nl-BE` finds `nl`. Pure;
 * never throws.
 */
export function pickLanguage({ uiLocales, cookie, acceptLanguage, fallback, offered }: LanguageWishes): LanguageCode {
  const asked = (uiLocales ?? '').slice(0, LONGEST).split(/\s+/);
  for (const tag of [...asked, cookie ?? '']) {
    const found = lookUp(tag, offered);
    if (found !== undefined) return found;
  }
  return preferred((acceptLanguage ?? '').slice(0, LONGEST), offered, fallback) ?? fallback;
}

function lookUp(tag: string, offered: readonly LanguageCode[]): LanguageCode | undefined {
  const primary = tag.trim().toLowerCase().split('-')[0];
  return offered.find((language) => language === primary);
}

/** The best of a header; a weight of 0 excludes a language, `*` means the fallback. Equal weights: the first. */
function preferred(header: string, offered: readonly LanguageCode[], fallback: LanguageCode): LanguageCode | undefined {
  const ranges = header.split(',').map(readRange);
  const barred = new Set(ranges.filter((range) => range.weight === 0).map((range) => range.tag.toLowerCase()));
  return ranges
    .filter((range) => range.weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map((range) => (range.tag === '*' ? fallback : lookUp(range.tag, offered)))
    .find((language) => language !== undefined && !barred.has(language));
}

function readRange(part: string): { tag: string; weight: number } {
  const [tag = '', ...parameters] = part.split(';').map((piece) => piece.trim());
  const quality = parameters.find((parameter) => /^q=/i.test(parameter));
  if (quality === undefined) return { tag, weight: 1 };
  const weight = /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/i.test(quality) ? Number(quality.slice(2)) : 0;
  return { tag, weight };
}
