/** The letter of an activation as a file. */
import type { Clock } from '../../time/clock.ts';
import type { Letter } from '../use-cases/desk-letter.ts';
import type { Drawing } from '../use-cases/preview.ts';

export const letterOption = {
  name: 'letter',
  value: 'file',
  says: 'Write the letter there, as PDF (mode 600), and print the code nowhere else; the file must not exist.',
};

/** @param clock gives the date of the letter */
export async function drawLetter(
  { renderer, settings, mailZone }: Drawing,
  letter: Letter,
  clock: Clock,
): Promise<Uint8Array> {
  const { language } = letter;
  const helpDesk = settings.helpDesk?.(language);
  return renderer.letter({
    ...letter,
    product: settings.name[language],
    zone: await mailZone(),
    now: clock.now(),
    ...(helpDesk && { helpDesk }),
  });
}
