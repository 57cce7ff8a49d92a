/** What pages and messages are drawn with: for the server, and for a command that draws pages where none runs. */
import type { Services } from '../admin/services.ts';
import type { Drawing } from '../admin/use-cases/preview.ts';
import { createRenderer, type Renderer } from '../views/render.ts';
import { stillPage } from '../views/still-page.ts';
import { frameSettings, productNames } from './module-settings.ts';
import { factorZone, zoneOfPeople } from './zones.ts';

/** Factor id → its folder. */
export const factorFolders = ({ registry }: Pick<Services, 'registry'>): Readonly<Record<string, string>> =>
  Object.fromEntries(registry.all().map(({ id }) => [id, registry.folder(id)]));

export const openRenderer = (services: Services): Renderer =>
  createRenderer({
    factorFolders: factorFolders(services),
    products: productNames(services.settings.name),
    zone: factorZone(services),
    report: (fault) => services.log.error({ event: 'text.missing', fault }),
  });

export const openDrawing = (services: Services): Drawing => ({
  renderer: openRenderer(services),
  settings: frameSettings(services),
  still: stillPage,
  mailZone: () => zoneOfPeople(services),
});
