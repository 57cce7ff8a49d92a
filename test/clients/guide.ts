/**
 * One page of `docs/relying-parties/` as somebody follows it: the entry, the files that it shows, and the commands in
 * their order. Called by `follow.ts`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

const documents = join(import.meta.dirname, '../../docs');

/** What stands for itself on the page, and is another thing on the machine of the test. */
export interface Places {
  readonly issuer: string;
  /** The application's address. */
  readonly app: string;
  readonly port: number;
}

type Entry = Readonly<Record<string, unknown>>;

export type Step =
  | { readonly kind: 'write' | 'append'; readonly file: string; readonly text: string }
  | { readonly kind: 'install' | 'run'; readonly line: string };

export interface Guide {
  /** `clients` of the entry; its secret is not filled in. */
  readonly clients: readonly Entry[];
  /** `apis` of the entry. */
  readonly apis: readonly Entry[];
  /** In the order of the page; the last one starts the application. */
  readonly steps: readonly Step[];
  /** The whole page. */
  readonly text: string;
}

const installs = /^(npm install|pip install|go install|go get|cargo add|apt-get install) /;

/** @param page below docs/ */
export async function readGuide(page: string, { issuer, app, port }: Places): Promise<Guide> {
  const text = await readFile(join(documents, page), 'utf8');
  const here = text
    .replaceAll('https://id.example', issuer)
    .replaceAll('https://app.example', app)
    .replaceAll(/\b8080\b/g, String(port));
  const entry = /```yaml\n(clients:\n[\s\S]*?)```/.exec(here)?.[1];
  if (entry === undefined) throw new Error(`${page} shows no entry.`);
  const { clients, apis = [] } = parse(entry) as {
    readonly clients: readonly Entry[];
    readonly apis?: readonly Entry[];
  };
  const blocks = here.matchAll(/(?:^(At the end of )?`([\w./-]+)`:\n\n)?^```(\w+)\n([\s\S]*?)^```/gm);
  const steps = [...blocks].flatMap(([, atEnd, file, language, block = '']): readonly Step[] => {
    if (file !== undefined) return [{ kind: atEnd === undefined ? 'write' : 'append', file, text: block }];
    if (language !== 'sh') return [];
    const lines = block.split('\n').filter((line) => line !== '');
    return lines.map((line) => ({ kind: installs.test(line) ? 'install' : 'run', line }));
  });
  return { clients, apis, steps, text };
}

/** The names of the packages that a line installs. */
export const packagesOf = (line: string): readonly string[] =>
  line
    .replace(installs, '')
    .replaceAll("'", '')
    .replace(/ --features .*/, '')
    .split(' ')
    .map((name) => name.replace(/(?<=.)@v?[\d.]+$/, '').replace(/\[.*\]$/, ''));
