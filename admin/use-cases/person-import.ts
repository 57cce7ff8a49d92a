/**
 * Imports people, line by line: a line is imported as a whole or not at all, and an account whose name exists stays as
 * it is. Several lines run at once, so that the store commits them together. A dry run is the same judgement without
 * the write.
 */
import { randomBytes } from 'node:crypto';
import { newPendingId, addPending } from '../../accounts/person-store.ts';
import { foldName } from '../../accounts/unique-values.ts';
import type { Person } from '../../accounts/person.ts';
import { StorageUnavailable } from '../../adapters/storage/port.ts';
import { StateUnreadable } from '../../digital-keys/seal-state.ts';
import type { ImportParts } from './import-parts.ts';
import { createLineLedger, type ImportReport, type LineLedger } from './import-report.ts';
import type { AccountChange, AccountsLook } from './accounts-look.ts';
import { personFrom, readPersonLine, type KeyLine, type PersonLine, type ReadLine } from './person-line.ts';
import { updatePerson } from './person-update.ts';

/** One line of the source, without its end; or why it is none. */
export type ImportLine = string | { readonly fault: string };

/** In UTF-16 units. */
export const longestLine = 1_000_000;

/**
 * How many lines run at once: enough for the store to commit many together, and few enough that a store that answers
 * one call after the other answers each in time.
 */
const atOnce = 32;

/** The outcome of a line, for later lines with the same name or id. */
type Settled = Promise<'taken' | 'refused'>;
interface Earlier {
  readonly line: number;
  readonly settled: Settled;
}

interface ImportOptions {
  readonly lines: AsyncIterable<ImportLine> | Iterable<ImportLine>;
  readonly by: string;
  readonly dryRun?: boolean;
  readonly update?: boolean;
}

interface Context {
  readonly services: ImportParts;
  readonly by: string;
  readonly dryRun: boolean;
  /** Whether existing accounts are changed. */
  readonly update: boolean;
  readonly looks: Map<string, Promise<AccountsLook>>;
  readonly planned: AccountChange[];
  readonly ledger: LineLedger;
  readonly names: Map<string, Earlier>;
  readonly ids: Map<string, Earlier>;
  readonly underWay: Set<Promise<void>>;
}

/**
 * @param lines empty ones are skipped. If reading them fails, or the store, no further line begins, and the report says
 * which were imported
 * @param by for the audit
 * @param dryRun judges, writes nothing
 * @param update a line about an existing account changes the members that it has; otherwise it changes nothing
 */
export async function importPeople(
  services: ImportParts,
  { lines, by, dryRun = false, update = false }: ImportOptions,
): Promise<ImportReport> {
  const ledger = createLineLedger();
  const underWay = new Set<Promise<void>>();
  const maps = { names: new Map(), ids: new Map(), looks: new Map(), planned: [] };
  const context: Context = { services, by, dryRun, update, ledger, underWay, ...maps };
  let number = 0;
  try {
    for await (const text of lines) {
      number += 1;
      if (ledger.isStopped()) break;
      if (typeof text === 'string' && text.trim() === '') continue;
      const read = readLine(text);
      if (!read.ok) ledger.refused(number, read.faults);
      else {
        begin(context, number, read);
        if (underWay.size >= atOnce) await Promise.race(underWay);
      }
    }
  } catch (error) {
    ledger.stop(number + 1, error);
  }
  await Promise.all(underWay);
  return ledger.report((error) => error instanceof StorageUnavailable || isSystemError(error));
}

function begin(context: Context, at: number, read: Read): void {
  const { line } = read;
  const { names, ids, ledger, underWay } = context;
  const earlier = [...underWay];
  const name = foldName(line.username);
  const [sameName, sameId] = [names.get(name), line.id === undefined ? undefined : ids.get(line.id)];
  const settled = take(context, at, read, { name: sameName, id: sameId, all: () => Promise.all(earlier) });
  names.set(name, { line: sameName?.line ?? at, settled: laterOf(sameName?.settled, settled) });
  if (line.id !== undefined) ids.set(line.id, { line: sameId?.line ?? at, settled: laterOf(sameId?.settled, settled) });
  const done: Promise<void> = settled
    .then(
      () => undefined,
      (error: unknown) => ledger.stop(at, error),
    )
    .finally(() => underWay.delete(done));
  underWay.add(done);
}

/** Earlier lines: with the same name, with the same id, and all. */
interface Before {
  readonly name: Earlier | undefined;
  readonly id: Earlier | undefined;
  readonly all: () => Promise<unknown>;
}

async function take(context: Context, at: number, read: Read, { name, id, all }: Before): Settled {
  const { services, by, dryRun, ledger } = context;
  const { line } = read;
  const { people } = services;
  const same = name && (await name.settled) === 'taken' ? name.line : undefined;
  if (same !== undefined) return ledger.sameAs(at, same);
  const present = await people.findByUsername(line.username);
  if (present) return context.update ? takeUpdate(context, at, read, { present, earlier: all }) : ledger.present(at);
  const sameId = id && (await id.settled) === 'taken' ? id.line : undefined;
  if (sameId !== undefined) return ledger.refused(at, [`id: is that of line ${sameId}`]);
  const made = await personWithKeys(services, line, { by, dryRun });
  if ('faults' in made) return ledger.refused(at, made.faults);
  const weak = await isWeak(services, line);
  if (!dryRun && line.passwordHash !== undefined) await services.passwords.takesIn(line.passwordHash);
  const written = dryRun ? made : await people.add(made.person);
  if (!('taken' in written)) return ledger.added(at, weak);
  return written.taken === 'id' ? ledger.refused(at, [idTaken]) : ledger.present(at);
}

async function takeUpdate(
  { services, by, dryRun, looks, planned, ledger }: Context,
  at: number,
  { line, members }: Read,
  { present, earlier }: { readonly present: Person; readonly earlier: () => Promise<unknown> },
): Settled {
  const withKeys = (person: Person) => withKeysOf(services, person, line, by);
  const outcome = await updatePerson(services, present, {
    line,
    members,
    by,
    dryRun,
    looks,
    planned,
    earlier,
    withKeys,
  });
  if (typeof outcome === 'object') return ledger.refused(at, outcome.faults);
  return outcome === 'same' ? ledger.present(at) : ledger.changed(at, await isWeak(services, line));
}

const isWeak = async ({ passwords }: ImportParts, line: PersonLine): Promise<boolean> =>
  line.password !== undefined && (await passwords.fault(line.password, line as Own)) !== undefined;

function readLine(text: ImportLine) {
  if (typeof text !== 'string') return { ok: false as const, faults: [text.fault] };
  return text.length > longestLine ? { ok: false as const, faults: ['is too long'] } : readPersonLine(text);
}

/** Imported if either was: of three lines with one name the third depends on both before it. */
const laterOf = async (first: Settled | undefined, second: Settled): Settled => {
  const one = (await first) === 'taken' ? 'taken' : 'refused';
  const other = await second.catch(() => 'refused' as const);
  return one === 'taken' ? one : other;
};

const idTaken = 'id: belongs to another person';

const isSystemError = (error: unknown): boolean => typeof (error as NodeJS.ErrnoException).syscall === 'string';

type Read = Extract<ReadLine, { readonly ok: true }>;

interface Own {
  readonly username: string;
  readonly email?: string;
}
type Made = { readonly person: Person } | { readonly faults: readonly string[] };

async function personWithKeys(
  services: ImportParts,
  line: PersonLine,
  { by, dryRun }: { readonly by: string; readonly dryRun: boolean },
): Promise<Made> {
  const { people, settings, passwords, clock } = services;
  const now = clock.now();
  const id = line.id ?? randomBytes(16).toString('base64url');
  if (line.id !== undefined && (await people.get(id))) return { faults: [idTaken] };
  const made = await withKeysOf(services, personFrom(line, id, settings.defaultLanguage, now), line, by);
  if ('faults' in made) return made;
  let { person } = made;
  // Hashing is no part of the judgement, and takes most of the time.
  if (line.password !== undefined && !dryRun)
    person = { ...person, password: await passwords.make(line.password, now) };
  const event = { at: now, actor: by, action: 'person.imported', person: id, facts: { keys: line.keys.length } };
  return { person: addPending(person, { kind: 'audit', id: newPendingId(), event }) };
}

async function withKeysOf(services: ImportParts, to: Person, line: PersonLine, by: string): Promise<Made> {
  const { enrolments, clock } = services;
  const faults: string[] = [];
  let person = to;
  for (const [index, key] of line.keys.entries()) {
    const secret = await secretOf(services, to.id, key);
    const factor = services.registry.get(key.factor);
    if ('fault' in secret) faults.push(`keys.${index}: ${secret.fault}`);
    else if (factor) {
      const label = key.label === undefined ? {} : { label: key.label };
      const binding = { factor, secret: secret.value, source: 'imported', by, ...label } as const;
      try {
        person = enrolments.bind(person, binding, clock.now()).person;
      } catch (error) {
        if (!(error instanceof StateUnreadable)) throw error;
        faults.push(`keys.${index}: ${error.message}`);
      }
    }
  }
  return faults.length > 0 ? { faults } : { person };
}

/** The place of a sealed key in an export: it can be opened for this person and factor only. */
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
  if (loaded.ok) return { value: loaded.value };
  const place = loaded.field === undefined ? 'data' : `data.${loaded.field}`;
  return { fault: `${place}: refused by the factor (${loaded.reason})` };
}
