/**
 * The people of the demo as the file has them, with everything that only the demo may know in clear. Their cards stand in the file as hashes, since
 * hashing a few hundred codes at the first start would keep a small machine busy; what is printed on them stands in `cards.json`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface DemoCard {
  readonly serial: string;
  /** By position, "1" and up. */
  readonly codes: Readonly<Record<string, string>>;
}

export interface DemoPerson {
  readonly username: string;
  readonly password: string;
  readonly cards: readonly DemoCard[];
  /** What to try with this person. */
  readonly what: string;
}

export interface DemoPeople {
  /** As `rekey person import` takes them. */
  readonly lines: readonly string[];
  readonly people: readonly DemoPerson[];
}

interface Line {
  readonly username: string;
  readonly password?: string;
  readonly keys?: readonly { readonly data?: Partial<DemoCard> }[];
}

export const ownPeople = join(import.meta.dirname, 'people.jsonl');

/** @param file people as JSON lines. Rejects when it cannot be read or is no JSON. */
export async function readDemoPeople(file: string = ownPeople): Promise<DemoPeople> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  const [what, printed] = await Promise.all([
    beside<string>('what-to-try.json'),
    beside<DemoCard['codes']>('cards.json'),
  ]);
  const people = lines.map((text): DemoPerson => {
    const { username, password = '', keys = [] } = JSON.parse(text) as Line;
    const cards = keys.flatMap(({ data }): readonly DemoCard[] => {
      const codes = data?.codes ?? printed[data?.serial ?? ''];
      return data?.serial === undefined || codes === undefined ? [] : [{ serial: data.serial, codes }];
    });
    return { username, password, cards, what: what[username] ?? '' };
  });
  return { lines, people };
}

const beside = async <T>(name: string): Promise<Readonly<Record<string, T>>> =>
  JSON.parse(await readFile(join(import.meta.dirname, name), 'utf8')) as Record<string, T>;
