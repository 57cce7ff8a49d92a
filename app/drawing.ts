/** What pages and messages are drawn with: for the server, and for a command that draws pages where none runs. */
import type { Services } from '../admin/services.ts';
import type { Drawing } from '../admin/use-cases/preview.ts';
import { scriptsOfDemo } from '../demo/card-reader/page-script.ts';
import type { AddedFiles } from '../interactions/assets.ts';
import { createRenderer, type Renderer } from '../views/render.ts';
import { stillPages } from '../views/still-page.ts';
import { openBrand } from './branding.ts';
import { aboutFactors, frameSettings, productNames } from './module-settings.ts';
import { openOwnTexts } from './own-texts.ts';
import { factorZone, zoneOfPeople } from './zones.ts';

/** Factor id → its folder. */
export const factorFolders = ({ registry }: Pick<Services, 'registry'>): Readonly<Record<string, string>> =>
  Object.fromEntries(registry.all().map(({ id }) => [id, registry.folder(id)]));

/** What a deployment, and a demo, add to the public files. */
export function publicFilesOf(settings: Services['settings']): AddedFiles {
  const { style, files } = openBrand(settings);
  return { behind: new Map([...scriptsOfDemo(settings), ['rekey.css', style]]), files };
}

/** What a renderer is opened with. */
export type RendererParts = Pick<Services, 'settings' | 'registry' | 'schedules' | 'log'>;

export const openRenderer = (services: RendererParts): Renderer =>
  createRenderer({
    factorFolders: factorFolders(services),
    products: productNames(services.settings),
    zone: factorZone(services),
    brand: openBrand(services.settings),
    about: aboutFactors(services.settings),
    own: openOwnTexts(services),
    furtherLanguages: services.settings.furtherLanguages,
    formOfAddress: services.settings.formOfAddress,
    username: services.settings.signIn.username,
    activates: services.settings.activation.enabled,
    report: (fault) => services.log.error({ event: 'text.missing', fault }),
  });

export const openDrawing = (services: Services): Drawing => ({
  renderer: openRenderer(services),
  settings: frameSettings(services),
  still: stillPages(openBrand(services.settings)),
  mailZone: () => zoneOfPeople(services),
});
