/**
 * Reads a list of people, one user name or id on each line, and finds their accounts: every fault is reported with its
 * line. A list is done only as a whole, or without the wrong lines if that is asked for. Called by `group-change.ts`.
 */
import { stripEnds } from '../../accounts/plain-text.ts';
import type { Person } from '../../accounts/person.ts';
import { inParallel } from '../../time/in-parallel.ts';
import type { Services } from '../services.ts';
import type { ImportLine } from './person-import.ts';
import { findPerson } from './person-show.ts';

/** What is wrong with a line. */
export interface LineFault {
  readonly line: number;
  readonly fault: 'malformed' | 'unknown' | 'doubled';
  /** A sentence without a full stop. */
  readonly says: string;
}

export interface NameList {
  /** In order of their lines, each once. */
  readonly people: readonly Person[];
  readonly faults: readonly LineFault[];
}

/** In UTF-16 units: of a user name, or an id. */
const longestName = 100;
const atOnce = 32;
const control = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** @param lines empty ones are skipped @param onLine called after each line */
export async function readNameList(
  services: Pick<Services, 'people'>,
  lines: AsyncIterable<ImportLine> | Iterable<ImportLine>,
  onLine: (done: number, of: number) => void = () => undefined,
): Promise<NameList> {
  const names: { readonly line: number; readonly name: string }[] = [];
  const faults: LineFault[] = [];
  let line = 0;
  for await (const text of lines) {
    line += 1;
    const read = typeof text === 'string' ? nameIn(text) : { says: text.fault };
    if (typeof read === 'object') faults.push({ line, fault: 'malformed', says: read.says });
    else if (read !== '') names.push({ line, name: read });
  }
  const found = new Map<number, Person>();
  let looked = 0;
  await inParallel(names, atOnce, async ({ line: at, name }) => {
    const one = await findPerson(services, name);
    if (one.ok) found.set(at, one.value);
    else faults.push({ line: at, fault: 'unknown', says: 'names nobody' });
    looked += 1;
    onLine(looked, names.length);
  });
  const people = new Map<string, Person>();
  const first = new Map<string, number>();
  for (const { line: at } of names) {
    const person = found.get(at);
    if (!person) continue;
    const before = first.get(person.id);
    if (before === undefined) {
      first.set(person.id, at);
      people.set(person.id, person);
    } else faults.push({ line: at, fault: 'doubled', says: `is the person of line ${before}` });
  }
  return { people: [...people.values()], faults: faults.toSorted((a, b) => a.line - b.line) };
}

function nameIn(text: string): string | { readonly says: string } {
  const name = stripEnds(text);
  if (name.length > longestName) return { says: 'is no name: too long' };
  return control.test(name) ? { says: 'is no name: it has a control character' } : name;
}
