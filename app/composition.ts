/** What the composition passes to the command line (`admin/cli/composition.ts` describes each member). */
import type { Composition } from '../admin/cli/composition.ts';
import { checkFactor } from './check-factor.ts';
import { collections, ofOneStore, unused } from './collections.ts';
import { openStorage } from './open-storage.ts';
import { tryConnections } from './try-connections.ts';
import { chooseDeployment, openServices, readDeployment } from './services.ts';
import { version } from './version.ts';

export const composition: Composition = {
  version,
  chooseDeployment,
  readDeployment,
  openServices,
  tryConnections,
  checkFactor,
  drawPages: async (services) => (await import('./drawing.ts')).openDrawing(services),
  reportTexts: async (parts) => (await import('./own-texts.ts')).reportTexts(parts),
  drawTexts: async (services) => (await import('./draw-texts.ts')).drawTexts(services),
  stores: { open: openStorage, collections, ofOneStore, unused },
};
