/** What is a deployment's own on its pages and in its mails: pictures, colours. Made once at the start. */
import { accentPalette, paletteStyle, type AccentPalette } from './accent-colour.ts';
import type { Picture } from './brand-picture.ts';

/** What the configuration says, read. */
export interface BrandParts {
  readonly logo?: Picture;
  /** The logo on dark grounds. */
  readonly logoDark?: Picture;
  /** In the browser's tab; default: the logo. */
  readonly icon?: Picture;
  /** `#rrggbb` */
  readonly accent?: string;
}

export interface Brand {
  /** Further public files, by name. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Names among the files. */
  readonly logo?: string;
  readonly logoDark?: string;
  readonly icon?: { readonly name: string; readonly type: string };
  /** Behind the text of `rekey.css`; empty: its own colours. */
  readonly style: string;
  /** For mails, which have no style sheet. */
  readonly palette: AccentPalette;
}

/** The colour of `rekey.css`. */
const ownAccent = '#0b5f5a';
const types = { svg: 'image/svg+xml', png: 'image/png' } as const;

export function makeBrand({ logo, logoDark, icon = logo, accent }: BrandParts): Brand {
  const named = { 'brand-logo': logo, 'brand-logo-dark': logoDark, 'brand-icon': icon };
  const nameOf = (name: keyof typeof named): string | undefined => named[name] && `${name}.${named[name].kind}`;
  const files = Object.entries(named).flatMap(([name, picture]) =>
    picture ? [[`${name}.${picture.kind}`, picture.bytes] as const] : [],
  );
  const [shown, shownDark, tab] = [nameOf('brand-logo'), nameOf('brand-logo-dark'), nameOf('brand-icon')];
  const palette = accentPalette(accent ?? ownAccent);
  return {
    files: new Map(files),
    ...(shown !== undefined && { logo: shown }),
    ...(shownDark !== undefined && { logoDark: shownDark }),
    ...(tab !== undefined && icon && { icon: { name: tab, type: types[icon.kind] } }),
    style: accent === undefined ? '' : paletteStyle(palette),
    palette,
  };
}

/** The product's own look. */
export const noBrand: Brand = makeBrand({});
