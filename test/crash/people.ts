// The documents of the crash test, and what must be true about them whenever the store is opened.
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { CollectionSpec, Storage } from '../../adapters/storage/port.ts';

export interface Person {
  readonly change: number;
  /** Ids of the pending items of the change, which go to the outbox. */
  readonly pending: readonly string[];
  readonly group: string;
  readonly filling: string;
  /** Over all other members, so that a torn document is noticed. */
  readonly seal: string;
}

export interface Message {
  readonly person: string;
  readonly change: number;
}

export const GROUPS = 5;

export const PEOPLE: CollectionSpec<Person> = {
  name: 'people',
  indexes: { group: (person) => person.group, pending: (person) => person.pending },
};
export const OUTBOX: CollectionSpec<Message> = { name: 'outbox', indexes: { person: (message) => message.person } };

export function bodyOf(change: number, pending: readonly string[]): Person {
  const filling = `${change} `.repeat(50 + ((change * 37) % 900));
  const group = `g${change % GROUPS}`;
  return { change, pending, group, filling, seal: sealOf(change, pending, group, filling) };
}

function sealOf(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** Everything that is wrong with the store, seen through the port and in the file itself. */
export async function faultsOf(storage: Storage, file: string, acknowledged: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  const people = storage.collection(PEOPLE);
  const outbox = storage.collection(OUTBOX);
  const changes = new Map<string, Person>();

  for (const { id, value } of (await people.page({ limit: 1000 })).items) {
    const { change, pending, group, filling, seal } = value;
    changes.set(id, value);
    if (seal !== sealOf(change, pending, group, filling)) faults.push(`${id} is torn`);
    for (let n = 0; n < GROUPS; n += 1) {
      const isFound = (await people.findBy('group', `g${n}`)).some((found) => found.id === id);
      if (isFound !== (group === `g${n}`)) faults.push(`${id} in group g${n}: ${isFound}`);
    }
    for (const item of pending)
      if ((await people.findBy('pending', item))[0]?.id !== id) faults.push(`${item} finds nobody`);
    if (change > 0 && pending.length === 0 && change % 3 !== 0 && !(await outbox.get(`${id}-${change}`))) {
      faults.push(`${id}-${change} was settled and never carried`);
    }
  }

  const sent = new Set<string>();
  for (const line of acknowledged) {
    const [what, person = '', change = ''] = line.split(' ');
    if (what === 'sent') sent.add(`${person}-${change}`);
    const standing = changes.get(person);
    const isBehind = !standing || standing.change < Number(change);
    const isPending = standing?.change === Number(change) && standing.pending.length > 0;
    if ((what === 'pending' && isBehind) || (what === 'settled' && (isBehind || isPending)))
      faults.push(`lost: ${line}`);
  }
  for (const line of acknowledged) {
    const [what, person = '', change = ''] = line.split(' ');
    const id = `${person}-${change}`;
    if (what === 'sent' && (await outbox.get(id))) faults.push(`came back: ${line}`);
    // A message that may have been removed without an acknowledgement is the last but one.
    const mayBeSent = Number(change) % 3 === 1 && (changes.get(person)?.change ?? 0) >= Number(change) + 2;
    if (what === 'carried' && !sent.has(id) && !mayBeSent && !(await outbox.get(id))) faults.push(`lost: ${line}`);
  }
  return [...faults, ...faultsInFile(file)];
}

function faultsInFile(file: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const faults: string[] = [];
    const [integrity] = database.prepare('PRAGMA integrity_check').all();
    if (integrity?.['integrity_check'] !== 'ok') faults.push(`integrity: ${JSON.stringify(integrity)}`);
    const entries = `SELECT idx, key, id FROM entries`;
    const keys = `SELECT json_each.value ->> 0, json_each.value ->> 1, documents.id FROM documents, json_each(keys)`;
    for (const [name, one, other] of [
      ['entry without a document', entries, keys],
      ['document without its entry', keys, entries],
    ] as const) {
      for (const row of database.prepare(`${one} EXCEPT ${other}`).all())
        faults.push(`${name}: ${JSON.stringify(row)}`);
    }
    return faults;
  } finally {
    database.close();
  }
}
