/** Takes people in, line by line: a line is taken wholly or not at all, and a name that is there already is left as it is. */
import { randomBytes } from 'node:crypto';
import type { Services } from '../services.ts';
import { newPendingId, addPending } from '../../accounts/person-store.ts';
import type { Person } from '../../accounts/person.ts';
import { personFrom, readPersonLine, type KeyLine, type PersonLine } from './person-line.ts';

export interface ImportReport {
  readonly added: number;
  /** Their user name was there already. */
  readonly present: number;
  readonly refused: readonly { readonly line: number; readonly faults: readonly string[] }[];
  /** Lines whose password could not be set by a person today; it was taken all the same. */
  readonly weak: readonly number[];
}

export type ImportParts = Pick<
  Services,
  'people' | 'registry' | 'settings' | 'passwords' | 'enrolments' | 'secretBox' | 'toolsFor' | 'clock'
>;

const longestLine = 1_000_000;

/**
 * @param lines without line breaks; empty ones are passed over
 * @param by for the audit
 * @param dryRun reads and judges, writes nothing
 */
export async function importPeople(
  services: ImportParts,
  {
    lines,
    by,
    dryRun = false,
  }: { readonly lines: AsyncIterable<string> | Iterable<string>; readonly by: string; readonly dryRun?: boolean },
): Promise<ImportReport> {
  const refused: { line: number; faults: readonly string[] }[] = [];
  const weak: number[] = [];
  const counts = { added: 0, present: 0 };
  const seen = new Set<string>();
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text.trim() === '') continue;
    const read = text.length > longestLine ? { ok: false as const, faults: ['is too long'] } : readPersonLine(text);
    if (!read.ok) {
      refused.push({ line: number, faults: read.faults });
      continue;
    }
    const { line } = read;
    if (seen.has(line.username) || (await services.people.findByUsername(line.username))) {
      counts.present += 1;
      continue;
    }
    const made = await personWithKeys(services, line, by);
    if ('faults' in made) {
      refused.push({ line: number, faults: made.faults });
      continue;
    }
    if (line.password !== undefined && (await services.passwords.fault(line.password, line as Own))) weak.push(number);
    seen.add(line.username);
    const isNew = dryRun || (await services.people.add(made.person)).ok;
    counts[isNew ? 'added' : 'present'] += 1;
  }
  return { ...counts, refused, weak };
}

interface Own {
  readonly username: string;
  readonly email?: string;
}
type Made = { readonly person: Person } | { readonly faults: readonly string[] };

async function personWithKeys(services: ImportParts, line: PersonLine, by: string): Promise<Made> {
  const { people, settings, passwords, enrolments, clock } = services;
  const now = clock.now();
  const id = line.id ?? randomBytes(16).toString('base64url');
  if (line.id !== undefined && (await people.get(id))) return { faults: ['id: belongs to another person'] };
  const faults: string[] = [];
  let person = personFrom(line, id, settings.defaultLanguage, now);
  for (const [index, key] of line.keys.entries()) {
    const secret = await secretOf(services, id, key);
    const factor = services.registry.get(key.factor);
    if ('fault' in secret) faults.push(`keys.${index}: ${secret.fault}`);
    else if (factor) {
      const label = key.label === undefined ? {} : { label: key.label };
      person = enrolments.bind(person, { factor, secret: secret.value, source: 'imported', by, ...label }, now).person;
    }
  }
  if (faults.length > 0) return { faults };
  if (line.password !== undefined) person = { ...person, password: await passwords.make(line.password, now) };
  const event = { at: now, actor: by, action: 'person.imported', person: id, facts: { keys: line.keys.length } };
  return { person: addPending(person, { kind: 'audit', id: newPendingId(), event }) };
}

/** Where a sealed key of an export belongs: it opens for this person and kind of key only. */
export const exportPlace = (person: string, factor: string): string => `export ${person} ${factor}`;

async function secretOf(
  { registry, settings, secretBox, toolsFor }: ImportParts,
  person: string,
  key: KeyLine,
): Promise<{ readonly value: unknown } | { readonly fault: string }> {
  const factor = registry.get(key.factor);
  if (!factor) return { fault: `factor: there is no factor ${key.factor}` };
  if (settings.factors[factor.id]?.enabled !== true) return { fault: `factor: ${factor.id} is not enabled here` };
  if (!factor.transfer) return { fault: `factor: ${factor.id} cannot be imported` };
  const data = key.sealed === undefined ? key.data : secretBox.open(key.sealed, exportPlace(person, factor.id));
  if (data === undefined) return { fault: 'sealed: does not open here (another root key, or another person’s id)' };
  const loaded = await factor.transfer.load(toolsFor(factor), data);
  return loaded.ok ? { value: loaded.value } : { fault: `data: refused by the factor (${loaded.reason})` };
}
