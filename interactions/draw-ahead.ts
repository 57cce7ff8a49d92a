/**
 * Draws the pages of a sign-in that nobody makes, by the models and templates of every sign-in, in the language of its
 * context. Called by the preview.
 */
import { shellIn, type PageParts } from './page-layout.ts';
import { pageModel } from './page-model.ts';
import type { PageAhead } from './pages-ahead.ts';
import type { DrawingServices } from './services.ts';
import type { StepName } from './sign-in-state.ts';

export interface DrawnPage {
  readonly step: StepName;
  /** A whole document. */
  readonly html: string;
}

/** @param sendEvery between a code and the next one (ms) */
export async function drawAhead(
  pages: readonly PageAhead[],
  parts: PageParts,
  core: DrawingServices,
  sendEvery: number,
): Promise<readonly DrawnPage[]> {
  const drawn: DrawnPage[] = [];
  for (const { page: step, context } of pages) {
    // The end of a sign-in is no page: the browser is at the relying party.
    if (step === 'finish') continue;
    const { language, client } = context;
    const shell = shellIn(parts, language, () => '#');
    const facts = { ...shell, relyingParty: client.nameIn(language), base: '#', sendEvery };
    const model = await pageModel(context, step, facts, core);
    drawn.push({ step, html: parts.renderer.page(step, model) });
  }
  return drawn;
}
