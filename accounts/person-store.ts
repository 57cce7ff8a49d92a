/**
 * Reads and writes accounts. Every change is a pure function of the account, written by compare-and-swap and tried
 * again after a lost race. The messages and audit events of a change (`pending`) are in the same write, and the relay
 * is notified. Every document has a MAC (`account-mac.ts`): an altered one is refused, and left out of lists.
 */
import { randomBytes } from 'node:crypto';
import { createAccountMac, type AccountAltered } from './account-mac.ts';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Storage, Version } from '../adapters/storage/port.ts';
import { boundUnder, withoutBound } from './bound-keys.ts';
import { openUniqueValues, foldName, type UniqueValues } from './unique-values.ts';
import { forgetPerson } from './forget-person.ts';
import type { Added, People, PersonRecord, Updated } from './people.ts';
import type { PendingItem, Person } from './person.ts';
import { renameAccount, type Renamed } from './rename-account.ts';
import { personDocuments } from './person-documents.ts';
import { onWrite } from './on-write.ts';
import {
  allBy,
  ofShape,
  personalEnds,
  unaltered,
  withActivation,
  withMailHoldOver,
  withPermit,
  withPersonalEnd,
  type ListParts,
} from './person-lists.ts';

export type { Added, People, PersonRecord, Updated } from './people.ts';

/** Accounts that are cached to save a read; a stale copy costs one lost race, never a wrong decision. */
const remembered = 128;

interface Context extends ListParts {
  readonly values: UniqueValues;
  readonly listeners: ((person: Person) => void)[];
  /** The cached accounts by id, the oldest first. */
  readonly last: Map<string, PersonRecord>;
}

export function createPeople({
  storage,
  secretBox,
  report = () => undefined,
}: {
  readonly storage: Storage;
  readonly secretBox: Pick<SecretBox, 'digest'>;
  /** Called for each altered document that a list leaves out. */
  readonly report?: (altered: AccountAltered) => void;
}): People {
  const people = storage.collection(personDocuments);
  const macs = createAccountMac(secretBox);
  const context: Context = { people, macs, values: openUniqueValues(storage), listeners: [], last: new Map(), report };
  return {
    get: async (id) => (await read(context, id))?.person,
    seen(id, version) {
      const record = context.last.get(id);
      return version === undefined || record?.version === version ? record : undefined;
    },
    findByUsername: (username) => findByUsername(context, username),
    add: (given) => add(context, given),
    change: (id, by) => change(context, id, by),
    update: (id, decide) => update(context, id, decide),
    rename: (id, username, may) => rename(context, id, username, may),
    findByDevice: (unique) => findByDevice(context, unique),
    updateWithUnique: (id, unique, decide) => updateWithUnique(context, id, unique, decide),
    async forget(id, delivered) {
      const record = await read(context, id);
      if (!record || !(await forgetPerson(context, record, delivered))) return false;
      return context.last.delete(id);
    },
    async page(options) {
      const { items, next } = await people.page(options);
      return { items: unaltered(context, items), ...(next === undefined ? {} : { next }) };
    },
    count: () => people.count(),
    shapes: () => people.tally('shape'),
    ofShape: (shape, limit) => ofShape(context, shape, limit),
    releaseDevice: (unique, id) => context.values.release('device', unique, id),
    recipients: () => people.tally('recipient'),
    withMailHoldOver: (now) => withMailHoldOver(context, now),
    withPermit: (now) => withPermit(context, now),
    findByActivation: async (id) => (await allBy(context, 'activation', id))[0],
    withActivation: (limit) => withActivation(context, limit),
    withMailbox: (localPart) => allBy(context, 'mailbox', localPart),
    withBirthdate: (birthdate) => allBy(context, 'birthdate', birthdate),
    withReport: async (digest) => unaltered(context, await people.findBy('report', digest, 1))[0]?.value,
    groups: () => people.tally('group'),
    hasGroup: async (name) => (await people.findBy('group', name, 1)).length > 0,
    personalEnds: () => personalEnds(context),
    withPersonalEnd: (factor) => withPersonalEnd(context, factor),
    withPending: async (limit) => unaltered(context, await people.findBy('pending', 'yes', limit)),
    onPending(listener) {
      context.listeners.push(listener);
    },
  };
}

function remember({ last }: Context, person: Person, version: Version): void {
  last.delete(person.id);
  last.set(person.id, { person, version });
  if (last.size > remembered) last.delete(last.keys().next().value as string);
}

const tell = ({ listeners }: Context, person: Person): void =>
  person.pending.length > 0 ? listeners.forEach((listener) => listener(person)) : undefined;

async function read(context: Context, id: string): Promise<PersonRecord | undefined> {
  const { people, last, macs } = context;
  const stored = await people.get(id);
  if (!stored) {
    last.delete(id);
    return undefined;
  }
  const { version } = stored;
  // Two writes never have the same version: a document cached under it was checked then.
  const known = last.get(id);
  const person = known?.version === version ? known.person : macs.open(id, stored.value);
  remember(context, person, version);
  return { person, version };
}

async function update<T>(
  context: Context,
  id: string,
  decide: (account: Person) => Updated<T>,
): Promise<Updated<T> | undefined> {
  let fresh = false;
  let record = context.last.get(id);
  for (;;) {
    if (!record) {
      record = await read(context, id);
      fresh = true;
      if (!record) return undefined;
    }
    const { account, result } = decide(record.person);
    const next = account && onWrite(record.person, account);
    if (next === undefined) {
      if (fresh) return { result };
    } else {
      const version = await context.people.replace(id, context.macs.seal(next), record.version);
      if (version !== undefined) {
        remember(context, next, version);
        tell(context, next);
        return { account: next, result };
      }
    }
    record = undefined;
  }
}

async function change(
  context: Context,
  id: string,
  by: (person: Person) => Person | undefined,
): Promise<Person | undefined> {
  return (await update(context, id, (person) => ({ account: by(person), result: undefined })))?.account;
}

const rename = (context: Context, id: string, username: string, may: (person: Person) => boolean): Promise<Renamed> =>
  renameAccount(
    {
      values: context.values,
      hasName: async (owner, name) => {
        const other = (await read(context, owner))?.person;
        return other !== undefined && hasName(other, name);
      },
      change: (account, by) => change(context, account, by),
    },
    id,
    username,
    may,
  );

async function findByUsername(context: Context, username: string): Promise<Person | undefined> {
  const id = await context.values.ownerOf('username', username);
  const person = id === undefined ? undefined : (await read(context, id))?.person;
  return person && hasName(person, username) ? person : undefined;
}

const hasName = (person: Person, username: string): boolean => foldName(person.username) === foldName(username);

async function add(context: Context, given: Parameters<People['add']>[0]): Promise<Added> {
  const { people, values, macs } = context;
  const person: Person = { ...given, id: given.id ?? randomBytes(16).toString('base64url') };
  const taken = await values.take('username', person.username, person.id, async (id) => {
    const other = (await read(context, id))?.person;
    return other !== undefined && hasName(other, person.username);
  });
  if (!taken) return { ok: false, taken: 'username' };
  const version = await people.insert(person.id, macs.seal(person));
  if (version === undefined) return idTaken(context, person);
  if (!(await taken.keep())) {
    await people.remove(person.id, version);
    return { ok: false, taken: 'username' };
  }
  remember(context, person, version);
  tell(context, person);
  return { ok: true, person };
}

/** The name that was taken for it is given up. */
async function idTaken(context: Context, { id, username }: Person): Promise<Added> {
  const other = (await read(context, id))?.person;
  if (!other || !hasName(other, username)) await context.values.release('username', username, id);
  return { ok: false, taken: 'id' };
}

async function findByDevice(context: Context, unique: string): ReturnType<People['findByDevice']> {
  const id = await context.values.ownerOf('device', unique);
  const person = id === undefined ? undefined : (await read(context, id))?.person;
  const key = person && boundUnder(person, unique);
  return key && { person, key };
}

async function updateWithUnique<T>(
  context: Context,
  id: string,
  unique: string,
  decide: (account: Person) => Updated<T>,
): Promise<Updated<T> | 'taken' | undefined> {
  const taken = await context.values.take('device', unique, id, async (owner) => {
    const other = (await read(context, owner))?.person;
    return other !== undefined && boundUnder(other, unique) !== undefined;
  });
  if (!taken) return 'taken';
  const updated = await update(context, id, (before) => {
    const decided = boundUnder(before, unique) === undefined ? decide(before) : undefined;
    return { account: decided?.account, result: { before, decided } };
  });
  if (!updated) return undefined;
  const { account } = updated;
  const { before, decided } = updated.result;
  if (!decided) return 'taken';
  if (!account || (await taken.keep())) return { account, result: decided.result };
  // Another account was faster: removes the key, and restores what it switched off or used up.
  await change(context, id, (person) => withoutBound(person, unique, before));
  return 'taken';
}

/** Adds the pending items of a change. */
export function addPending(person: Person, ...items: readonly PendingItem[]): Person {
  return { ...person, pending: [...person.pending, ...items] };
}

export { newPendingId } from './pending-id.ts';
