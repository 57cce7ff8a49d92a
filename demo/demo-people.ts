/**
 * The people of a demo, read from its file, with everything that only a demo may know in clear text. Cards may be
 * hashes in the file, because hashing a few hundred codes at the first start would block a small machine; their printed
 * codes are in `cards.json` beside it.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LastDay } from './last-days.ts';

export interface DemoCard {
  readonly serial: string;
  /** By position, "1" and up. */
  readonly codes: Readonly<Record<string, string>>;
}

export interface DemoPerson {
  readonly username: string;
  readonly givenName: string;
  readonly password: string;
  readonly cards: readonly DemoCard[];
  /** What to try with this person. */
  readonly what: string;
}

/** One step of the story that a newcomer follows. */
export interface StoryStep {
  readonly title: string;
  readonly says: string;
  /** The user name of the person to begin as; absent: the step is read, not played. */
  readonly person?: string;
  /** The last day of the first factor with dates that this step is about: it is set before the sign-in begins. */
  readonly lastDay?: LastDay;
}

/** One thing to try after the story. `{issuer}`, `{relyingParty}` and `{helperPage}` in it stand for the addresses. */
export interface FurtherStep {
  readonly title: string;
  /** Where it begins. */
  readonly address: string;
  readonly says: string;
}

export interface DemoPeople {
  /** As `rekey person import` takes them. */
  readonly lines: readonly string[];
  readonly people: readonly DemoPerson[];
  readonly story: readonly StoryStep[];
  /** What to try after the story. */
  readonly more: readonly FurtherStep[];
}

interface Line {
  readonly username: string;
  readonly givenName?: string;
  readonly password?: string;
  readonly keys?: readonly { readonly data?: Partial<DemoCard> }[];
}

interface WhatToTry {
  readonly story?: readonly StoryStep[];
  readonly more?: readonly FurtherStep[];
  readonly people?: Readonly<Record<string, string>>;
}

export const ownPeople = join(import.meta.dirname, 'people/demo/people.jsonl');

/**
 * @param file people as JSON lines, with or without its companions. Rejects when it cannot be read or one of them is no
 * JSON.
 */
export async function readDemoPeople(file: string = ownPeople): Promise<DemoPeople> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  const beside = (name: string) => join(dirname(file), name);
  const [{ story = [], more = [], people: whats = {} }, printed] = await Promise.all([
    companion<WhatToTry>(beside('what-to-try.json')),
    companion<Readonly<Record<string, DemoCard['codes']>>>(beside('cards.json')),
  ]);
  const people = lines.map((text): DemoPerson => {
    const { username, givenName = username, password = '', keys = [] } = JSON.parse(text) as Line;
    const cards = keys.flatMap(({ data }): readonly DemoCard[] => {
      const codes = data?.codes ?? printed[data?.serial ?? ''];
      return data?.serial === undefined || codes === undefined ? [] : [{ serial: data.serial, codes }];
    });
    return { username, givenName, password, cards, what: whats[username] ?? '' };
  });
  return { lines, people, story, more };
}

async function companion<T extends object>(file: string): Promise<T> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  return JSON.parse(text) as T;
}
