/** What a printed key says: the deployment's words, its help desk, and the last day. Loaded where a key is issued. */
import type { Services } from '../admin/services.ts';
import { defined } from '../accounts/defined.ts';
import type { Factor, Language, Paper } from '../factors/contract.ts';
import { writeDate } from '../views/dates.ts';
import { openRenderer, type RendererParts } from './drawing.ts';
import { helpDeskOf } from './module-settings.ts';

/** @param ending the end of the factor (ms) and its zone, where there is one */
export function writePaper(
  services: RendererParts,
  { id }: Factor,
  language: Language,
  ending: Parameters<Services['paperFor']>[2],
): Paper {
  const renderer = openRenderer(services);
  const desk = helpDeskOf(services.settings)?.(language);
  const lines = [desk?.name, desk?.telephone?.shown, desk?.hours, desk?.link].filter((line) => line !== undefined);
  return defined({
    text: (key: string, values?: Readonly<Record<string, string>>) => renderer.factorText(id, language, key, values),
    helpDesk: lines.length === 0 ? undefined : lines,
    lastDay: ending && writeDate('date', language, ending.sunsetAt - 1, ending.zone),
  });
}
