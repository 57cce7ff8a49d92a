/**
 * Renders the pages of a simulated sign-in: of this person, at this relying party and instant, in the person's
 * language. Sends nothing, writes nothing, and signs nobody in.
 */
import { drawAhead } from '../../interactions/draw-ahead.ts';
import type { PageParts } from '../../interactions/page-layout.ts';
import type { Answers } from '../../interactions/pages-ahead.ts';
import { done, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { readSignIn, type ExplainRequest } from './explain.ts';
import { signInAhead, type AheadParts } from './sign-in-ahead.ts';

export interface Drawing extends PageParts {
  /** Makes a page a file that stands alone: its forms send nothing, and no script runs. */
  readonly still: (html: string) => string;
  /** IANA name of the zone of times in mails that are not dates of a factor. */
  readonly mailZone: () => Promise<string>;
}

export interface PreviewRequest extends ExplainRequest, Pick<Answers, 'newKey'> {}

export interface Preview {
  readonly person: string;
  readonly username: string;
  readonly client: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly zone: string;
  readonly language: string;
  /** In order; the name is the name of its file. */
  readonly pages: readonly { readonly step: string; readonly file: string; readonly html: string }[];
  /** Whether the sign-in succeeds after the last of them. */
  readonly finishes: boolean;
}

export async function preview(
  services: AheadParts & Pick<Services, 'people'>,
  drawing: Drawing,
  request: PreviewRequest,
): Promise<Outcome<Preview>> {
  const read = await readSignIn(services, request);
  if (!read.ok) return read;
  const { person, client, at, zone } = read.value;
  const { ahead, drawing: questions } = await signInAhead(services, read.value, { newKey: request.newKey });
  const sendEvery = services.settings.limits.sendEverySeconds * 1000;
  const drawn = await drawAhead(ahead.pages, drawing, questions, sendEvery);
  return done({
    person: person.id,
    username: person.username,
    client,
    at: new Date(at).toISOString(),
    zone,
    language: person.language,
    pages: drawn.map(({ step, html }, index) => ({
      step,
      file: `${String(index + 1).padStart(2, '0')}-${step}.html`,
      html: drawing.still(html),
    })),
    finishes: ahead.pages.at(-1)?.page === 'finish',
  });
}
