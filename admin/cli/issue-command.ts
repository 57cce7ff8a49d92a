/** `<noun> issue`: makes keys that people get in their hands, such as cards. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { refuse } from '../refusals.ts';
import { issueKey } from '../use-cases/issue-key.ts';
import { answer, argumentOf, refusedAnswer, type Command } from './command.ts';

/** For every factor that issues keys, under the factor's own noun. */
export const issueCommand = (noun: string): Command => ({
  noun,
  verb: 'issue',
  summary: `Makes a ${noun} for a person, as a document. One that the person has already stops working at once.`,
  argument: { name: 'person', says: 'User name or id.' },
  options: [
    {
      name: 'output',
      value: 'file',
      says: 'Where to write the document (mode 600); the file must not exist. Default: its own name, in this folder.',
    },
    { name: 'data', says: 'With --json: what is on it in clear as well, for the machine that makes it.' },
  ],
  examples: [`rekey ${noun} issue alice --output alice-${noun}`],
  needs: 'services',
  async run({ services, given, by, folder }) {
    const who = argumentOf(given, 'person');
    const target = given.text('output');
    // The file must be created before the old key is off; its default name is known only afterwards.
    const early = target === undefined ? undefined : await createFile(folder, target);
    if (target !== undefined && !early)
      return refusedAnswer(refuse('file_exists', `${target} exists already, or cannot be made.`).refusals);
    const outcome = await issueKey(services, { noun, person: who, by });
    if (!outcome.ok) {
      if (early) await early.remove();
      return refusedAnswer(outcome.refusals);
    }
    const { document, clear, ...facts } = outcome.value;
    const file = early ?? (await createAnew(folder, document.filename));
    await file.write(document.bytes);
    const old = facts.replaced.length > 0 ? ' The one before is off.' : '';
    const text = `${facts.username} has a new ${noun}: ${facts.detail}.${old}\nMake it from ${file.name}, hand it out, and delete the file.`;
    return answer({ ...facts, file: file.name, ...(given.is('data') ? { clear } : {}) }, text);
  },
});

/** A file that did not exist, for its owner only (mode 600). */
export interface Target {
  readonly name: string;
  write(bytes: Uint8Array): Promise<void>;
  remove(): Promise<void>;
}

/** `undefined`: it is there already, or cannot be made. */
export async function createFile(folder: string, name: string): Promise<Target | undefined> {
  const path = resolve(folder, name);
  const handle = await open(path, 'wx', 0o600).catch(() => undefined);
  return (
    handle && {
      name,
      async write(bytes) {
        await handle.writeFile(bytes);
        await handle.close();
      },
      async remove() {
        await handle.close();
        const { rm } = await import('node:fs/promises');
        await rm(path);
      },
    }
  );
}

/** The key is issued: its document must be written, under another name if necessary. */
async function createAnew(folder: string, name: string): Promise<Target> {
  for (let number = 1; number < 1000; number += 1) {
    const target = await createFile(folder, number === 1 ? name : name.replace(/(\.[^.]*)?$/, `-${number}$1`));
    if (target) return target;
  }
  throw new Error(`No file can be made in ${folder}: issue it again with --output.`);
}
