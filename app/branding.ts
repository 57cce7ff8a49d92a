/** What is a deployment's own on its pages: checks it for `loadSettings`, and reads it at the start. */
import { readFileSync, statSync } from 'node:fs';
import { defined } from '../accounts/defined.ts';
import type { Finding } from '../config/config-errors.ts';
import type { Settings } from '../config/schema.ts';
import { accentContrast, leastContrast } from '../views/accent-colour.ts';
import { judgePicture, type JudgedPicture } from '../views/brand-picture.ts';
import { makeBrand, type Brand } from '../views/brand.ts';

/** Bytes: a page with its style sheet stays below 100 kB. */
const most = { logo: 32_768, logoDark: 32_768, favicon: 16_384 } as const;
type PictureName = keyof typeof most;
const pictures = Object.keys(most) as readonly PictureName[];

/** Every mistake of `branding`. */
export function checkBranding({ branding }: Pick<Settings, 'branding'>): readonly Finding[] {
  const ofPictures = pictures.flatMap((name): readonly Finding[] => {
    const file = branding[name];
    const judged = file === undefined ? undefined : readPicture(name, file);
    if (!judged || 'picture' in judged) return [];
    return [{ path: ['branding', name], code: judged.code ?? 'picture_refused', says: judged.fault }];
  });
  const { accent, logo, logoDark } = branding;
  const reached = accent === undefined ? leastContrast : accentContrast(accent);
  return [
    ...ofPictures,
    ...(logoDark !== undefined && logo === undefined
      ? [{ path: ['branding', 'logoDark'], says: 'is for the logo on dark grounds, and there is no `logo`' }]
      : []),
    ...(reached < leastContrast
      ? [
          {
            path: ['branding', 'accent'],
            code: 'contrast_low' as const,
            says: `has a contrast of ${reached.toFixed(2)} : 1 with the light grounds: expected ${leastContrast} : 1 or more (WCAG 2.2 AA), so a darker colour`,
          },
        ]
      : []),
  ];
}

type Read = JudgedPicture & { readonly code?: 'file_unreadable' };

function readPicture(name: PictureName, file: string): Read {
  try {
    // A device or a huge file is not read at all.
    const facts = statSync(file);
    if (!facts.isFile()) return unreadable;
    if (facts.size > most[name]) return { fault: `is of ${facts.size} bytes: expected at most ${most[name]}` };
    return judgePicture(readFileSync(file), most[name]);
  } catch {
    return unreadable;
  }
}

const unreadable: Read = { code: 'file_unreadable', fault: 'expected the path of a picture that can be read' };

/** @throws Error where a picture is not any more what was checked */
export function openBrand({ branding }: Pick<Settings, 'branding'>): Brand {
  const read = (name: PictureName) => {
    const file = branding[name];
    if (file === undefined) return undefined;
    const judged = readPicture(name, file);
    if ('picture' in judged) return judged.picture;
    throw new Error(`branding.${name} ${judged.fault}`);
  };
  return makeBrand(
    defined({
      logo: read('logo'),
      logoDark: read('logoDark'),
      icon: read('favicon'),
      accent: branding.accent?.toLowerCase(),
    }),
  );
}
