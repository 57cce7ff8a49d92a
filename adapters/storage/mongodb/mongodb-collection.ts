/** The functions of a collection over the commands of the MongoDB store. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { StorageUnavailable } from '../port.ts';
import type { Collection, Id, Keep, Page, PageOptions, Stored, Version } from '../port.ts';
import { alive, lapsed } from './commands.ts';
import type { Commands, Condition } from './commands.ts';
import { isRow, rowOf, storedOf, unreadable, wellFormed } from './document.ts';
import type { Declaration, Row } from './document.ts';
import type { Patience, WriteSteps } from './retry.ts';
import { tallyIndex } from './tally-index.ts';
import { isDuplicate } from './unavailable.ts';

/** The parts of a collection. */
export interface Ground {
  readonly commands: Commands;
  readonly patience: Patience;
  readonly now: () => number;
  /** Resolves when the collection has its indexes. */
  readonly ready: () => Promise<void>;
  readonly log: Logger | undefined;
}

const DEFAULT_LIMIT = 100;

export const newVersion = (): string => randomBytes(12).toString('base64url');

interface Context extends Ground {
  readonly declaration: Declaration;
}

export function mongodbCollection<T extends object>(declaration: Declaration, ground: Ground): Collection<T> {
  const context: Context = { ...ground, declaration };
  const { commands, now } = context;
  return {
    get: (id) => get<T>(context, id),
    findBy: (index, key, limit = DEFAULT_LIMIT) => findBy<T>(context, index, key, limit),
    insert: (id, value, keep) => insert(context, id, value, keep),
    replace: (id, value, version, keep) => replace(context, id, value, version, keep),
    remove: (id, version) => remove(context, id, version),
    removeBy: async (index, key) => {
      const path = pathOf(context, index);
      if (!key.isWellFormed()) return 0;
      return ask(context, () => commands.removeAll({ [path]: key, ...alive(now()) }));
    },
    page: (options) => page<T>(context, options),
    count: () => ask(context, () => commands.count({ _id: { $gte: '' }, ...alive(now()) })),
    tally: async (index) => {
      pathOf(context, index);
      return tallyIndex((work) => ask(context, work), commands, index, now());
    },
  };
}

async function ask<R>({ ready, patience }: Context, work: () => Promise<R>): Promise<R> {
  await ready();
  return patience.ask(work);
}

async function settled<R>({ ready, patience }: Context, steps: WriteSteps<R>): Promise<R> {
  await ready();
  return patience.settled(steps);
}

/** Checks that the keys of a declared index are a list. Throws `TypeError`. */
function pathOf({ declaration }: Context, index: string): string {
  if (declaration.indexes.includes(index)) return `keys.${index}`;
  throw new TypeError(`The collection "${declaration.name}" declares no index "${index}".`);
}

async function standing({ commands }: Context, id: Id): Promise<Row | undefined> {
  const [row] = await commands.find({ _id: id }, 1);
  if (row === undefined || isRow(row)) return row;
  throw unreadable();
}

/**
 * A write that is visible is not yet durable: another write without changes, once acknowledged, makes it durable too.
 */
const lasts = ({ commands }: Context, { _id, version }: Row): Promise<boolean> =>
  commands.set({ _id, version }, { version });

function readable<T>({ log, declaration }: Context, row: unknown): readonly Stored<T>[] {
  try {
    return [storedOf<T>(row)];
  } catch (error) {
    if (!(error instanceof StorageUnavailable)) throw error;
    log?.error({ reason: error.reason, collection: declaration.name }, 'a document cannot be read and is left out');
    return [];
  }
}

async function get<T>(context: Context, id: Id): Promise<Stored<T> | undefined> {
  if (!id.isWellFormed()) return undefined;
  const { commands, now } = context;
  // By the id alone, which every engine answers from its index of ids; some read a whole collection for a further
  // condition.
  const [row] = await ask(context, () => commands.find({ _id: id }, 1));
  if (row === undefined) return undefined;
  const stored = storedOf<T>(row);
  return stored.until === undefined || stored.until > now() ? stored : undefined;
}

async function findBy<T>(context: Context, index: string, key: string, limit: number): Promise<Stored<T>[]> {
  const { commands, now } = context;
  const path = pathOf(context, index);
  atLeastOne(limit);
  if (!key.isWellFormed()) return [];
  const rows = await ask(context, () => commands.find({ [path]: key, ...alive(now()) }, limit));
  return rows.flatMap((row) => readable<T>(context, row));
}

async function insert(context: Context, id: Id, value: object, keep?: Keep): Promise<Version | undefined> {
  const { commands, now, declaration } = context;
  const version = newVersion();
  const row = rowOf(declaration, wellFormed(id), value, keep, version);
  return settled<Version | undefined>(context, {
    write: async () => {
      try {
        await commands.insert(row);
        return { is: version };
      } catch (error) {
        if (isDuplicate(error)) return 'look';
        throw error;
      }
    },
    look: async () => {
      const found = await standing(context, id);
      if (!found) return 'again';
      if (isMine(found, version)) return (await lasts(context, found)) ? { is: version } : 'again';
      if (isAlive(found, now())) return { is: undefined };
      return (await commands.replace({ _id: id, version: found.version }, row)) ? { is: version } : 'again';
    },
  });
}

async function replace(
  context: Context,
  id: Id,
  value: object,
  version: Version,
  keep?: Keep,
): Promise<Version | undefined> {
  const { commands, now, declaration } = context;
  const next = newVersion();
  const row = rowOf(declaration, id, value, keep, next, version);
  if (!id.isWellFormed()) return undefined;
  return settled<Version | undefined>(context, {
    write: async (isDoubtful) => {
      if (await commands.replace({ _id: id, version, ...alive(now()) }, row)) return { is: next };
      return isDoubtful ? 'look' : { is: undefined };
    },
    look: async () => {
      const found = await standing(context, id);
      if (!found) return 'unknown';
      if (isMine(found, next)) return (await lasts(context, found)) ? { is: next } : 'again';
      if (found.version === version) return isAlive(found, now()) ? 'again' : 'unknown';
      // Another write replaced the same version: this write was not done.
      return found.previous === version ? { is: undefined } : 'unknown';
    },
  });
}

async function remove(context: Context, id: Id, version?: Version): Promise<boolean> {
  if (!id.isWellFormed()) return false;
  const { commands, now } = context;
  const which: Condition = version === undefined ? { _id: id } : { _id: id, version };
  return settled<boolean>(context, {
    write: async (isDoubtful) => {
      if (await commands.removeOne({ ...which, ...alive(now()) })) return { is: true };
      return isDoubtful ? 'look' : { is: false };
    },
    look: async () => {
      const found = await standing(context, id);
      if (!found || !isAlive(found, now())) return 'unknown';
      if (version === undefined || found.version === version) return 'again';
      return found.previous === version ? { is: false } : 'unknown';
    },
  });
}

async function page<T>(context: Context, { after, limit }: PageOptions): Promise<Page<T>> {
  const { commands, now } = context;
  atLeastOne(limit);
  const behind = after === undefined ? { $gte: '' } : { $gt: after };
  const rows = await ask(context, () => commands.find({ _id: behind, ...alive(now()) }, limit + 1));
  const items = rows.slice(0, limit).map((row) => storedOf<T>(row));
  const last = items.at(-1);
  return rows.length > limit && last ? { items, next: last.id } : { items };
}

/** Removes expired documents, up to `limit`; how many. */
export async function sweepCollection(
  { commands, now }: Pick<Ground, 'commands' | 'now'>,
  limit: number,
): Promise<number> {
  const instant = now();
  const ids = await commands.findLapsed(instant, limit);
  // With the expiry as a condition: a document with a new expiry stays.
  return ids.length === 0 ? 0 : commands.removeAll({ _id: { $in: ids }, ...lapsed(instant) });
}

const isMine = (row: Row, version: string): boolean => row.version === version || row.previous === version;
const isAlive = ({ until }: Row, now: number): boolean => until === undefined || until.getTime() > now;

function atLeastOne(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError('A limit is a whole number from 1.');
}
