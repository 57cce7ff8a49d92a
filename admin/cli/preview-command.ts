/** `preview`: writes the pages of a sign-in of a person at an instant as files. */
import { resolve } from 'node:path';
import { localInstant } from '../../time/calendar.ts';
import { preview, type Preview } from '../use-cases/preview.ts';
import { withHints } from './brake-options.ts';
import { answer, refusedAnswer, UsageError, type Command, type Given } from './command.ts';
import { signInOf, signInOptions } from './explain-command.ts';
import { count } from './layout.ts';
import { writeFiles } from './write-files.ts';

export const previewCommand: Command = {
  noun: 'preview',
  verb: undefined,
  summary:
    'Draws the pages of a sign-in of a person at a relying party, in the person’s language, as HTML files. Nothing is sent, nothing is written but the files, and nobody is signed in.',
  argument: { name: 'person', says: 'User name or id.' },
  options: [
    ...signInOptions,
    { name: 'out', value: 'folder', says: 'Where the files go. It is made; one that is there must be empty.' },
    { name: 'force', says: 'Also into a folder that is not empty; pages of an earlier preview in it go.' },
    {
      name: 'new-key',
      value: 'now|later',
      says: 'What the person answers where a new key is offered or asked for. Without it the pages end there.',
    },
  ],
  examples: ['rekey preview an.peeters --client paymaster --at 2027-01-01T09:00 --out ./pages'],
  needs: 'services',
  async run({ services, given, folder, drawPages }) {
    const asked = signInOf(given);
    const out = given.text('out');
    if (out === undefined || out === '') throw new UsageError('Say where the pages go: --out <folder>.');
    const newKey = newKeyOf(given);
    const outcome = await preview(services, await drawPages(), { ...asked, newKey });
    if (!outcome.ok) return refusedAnswer(await withHints(outcome.refusals, asked, services));
    const files = outcome.value.pages.map(({ file, html }) => ({ file, text: html }));
    const written = await writeFiles(resolve(folder, out), files, { force: given.is('force'), former: ofAPreview });
    if (!written.ok) return refusedAnswer(written.refusals);
    const pages = outcome.value.pages.map(({ step, file }) => ({ step, file }));
    return answer({ ...outcome.value, folder: resolve(folder, out), pages }, textOf(outcome.value, out));
  },
};

function newKeyOf(given: Given): 'now' | 'later' | undefined {
  const written = given.text('new-key');
  if (written === undefined || written === 'now' || written === 'later') return written;
  throw new UsageError('--new-key takes now or later.');
}

const textOf = ({ username, client, at, zone, language, pages, finishes }: Preview, out: string): string =>
  [
    `${count(pages.length, 'page', 'pages')} of ${username} at ${client}, ${localInstant(Date.parse(at), zone)} (${at}), language ${language}, in ${out}:`,
    ...pages.map(({ file }) => `  ${file}`),
    ...(finishes ? ['Behind the last one the sign-in ends well.'] : []),
  ].join('\n');

const ofAPreview = /^\d\d-[a-z-]+\.html$/;
