/** `rekey person register`: people come in with a link by mail and a letter, one or many. Thin over the use cases. */
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inParallel } from '../../time/in-parallel.ts';
import { refuse } from '../refusals.ts';
import { issueLetter } from '../use-cases/desk-letter.ts';
import type { Drawing } from '../use-cases/preview.ts';
import { registerPerson } from '../use-cases/person-register.ts';
import {
  answer,
  argumentOf,
  dryRun,
  exits,
  refusedAnswer,
  type Answer,
  type Command,
  type WithServices,
} from './command.ts';
import { createFile } from './issue-command.ts';
import { drawLetter } from './letter-file.ts';
import { readRegistrationList, type Listed, type ReadList } from './registration-list.ts';

/** So many at once: the store commits them together. */
const atOnce = 16;

export const personRegister: Command = {
  noun: 'person',
  verb: 'register',
  summary:
    'Registers people who come for the first time, mails each a link, and writes a letter with the code of each. Nothing is done until no line has a fault.',
  argument: {
    name: 'file',
    says: 'CSV, whose first line names the columns: givenName, familyName, email, language (nl, fr, de, en), document (identity-card, passport, residence-permit), and birthdate (YYYY-MM-DD) where it is known.',
  },
  options: [
    {
      name: 'letters',
      value: 'folder',
      says: 'Where the letters go, as <line>.pdf (mode 600); none of them may exist. Needed, but for --dry-run.',
    },
    dryRun,
    { name: 'skip', says: 'Leave out the lines with a fault, and do the others.' },
  ],
  examples: ['rekey person register people.csv --dry-run', 'rekey person register people.csv --letters letters'],
  needs: 'services',
  async run(around) {
    const { services, given, folder } = around;
    const name = argumentOf(given, 'file');
    const text = await readFile(resolve(folder, name), 'utf8').catch(() => undefined);
    if (text === undefined) return refusedAnswer(refuse('file_unreadable', `${name} cannot be read.`).refusals);
    const list = await readRegistrationList(services, text);
    const isClean = list.faults.length === 0;
    if (given.is('dry-run') || (!isClean && !given.is('skip'))) return report(list, [], 'Nothing was written.');
    if (!services.settings.activation.enabled)
      return refusedAnswer(
        refuse('activation_off', 'This deployment has no activation (`activation.enabled`).').refusals,
      );
    const letters = given.text('letters');
    if (letters === undefined)
      return refusedAnswer(refuse('folder_unusable', 'Say where the letters go: --letters <folder>.').refusals);
    const target = resolve(folder, letters);
    await mkdir(target, { recursive: true, mode: 0o700 });
    const drawing = await around.drawPages();
    const done: Done[] = [];
    await inParallel(list.people, atOnce, async (one) => {
      done.push(await takeIn(around, { folder: target, drawing }, one));
    });
    return report(list, done, '');
  },
};

interface Done {
  readonly line: number;
  readonly person?: string;
  readonly letter?: string;
  readonly fault?: string;
}

async function takeIn(
  { services, by, clock }: WithServices,
  { folder, drawing }: { readonly folder: string; readonly drawing: Drawing },
  { line, registration }: Listed,
): Promise<Done> {
  const letter = `${line}.pdf`;
  const file = await createFile(folder, letter);
  if (!file) return { line, fault: `${letter} exists already, or cannot be made` };
  const registered = await registerPerson(services, registration, by);
  const issued = registered.ok
    ? await issueLetter(services, { person: registered.value.person, by, reason: registration.document })
    : registered;
  if (!issued.ok) {
    await file.remove();
    return { line, fault: issued.refusals[0]?.says ?? '' };
  }
  await file.write(await drawLetter(drawing, issued.value.letter, clock));
  return { line, person: issued.value.person, letter: join(folder, letter) };
}

function report({ people, faults }: ReadList, done: readonly Done[], said: string): Answer {
  const late = done.flatMap(({ line, fault }) => (fault === undefined ? [] : [{ line, faults: [fault] }]));
  const refused = [...faults, ...late].toSorted((a, b) => a.line - b.line);
  const registered = done.filter(({ fault }) => fault === undefined);
  const text = [
    ...refused.map(({ line, faults: all }) => `line ${line}: ${all.join('; ')}`),
    done.length === 0
      ? `${people.length} can be registered, ${refused.length} refused. ${said}`
      : `${registered.length} registered, ${refused.length} refused.`,
  ].join('\n');
  const json = { registered, refused, ...(done.length === 0 ? { ready: people.length } : {}) };
  return answer(json, text, refused.length > 0 ? exits.refused : exits.done);
}
