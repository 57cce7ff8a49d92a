import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { StorageUnavailable } from '../port.ts';
import type { Collection, Stored } from '../port.ts';
import { alive, lapsed } from './commands.ts';
import type { Commands, Condition } from './commands.ts';
import { isRow, rowOf, storedOf, unreadable, wellFormed } from './document.ts';
import type { Declaration, Row } from './document.ts';
import type { Patience } from './retry.ts';
import { tallyIndex } from './tally-index.ts';
import { isDuplicate } from './unavailable.ts';

/** What a collection is built on. */
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

export function mongodbCollection<T extends object>(declaration: Declaration, ground: Ground): Collection<T> {
  const { commands, now, ready, log } = ground;
  const ask = async <R>(work: () => Promise<R>): Promise<R> => {
    await ready();
    return ground.patience.ask(work);
  };
  const settled: Patience['settled'] = async (steps) => {
    await ready();
    return ground.patience.settled(steps);
  };
  const declared = (index: string): string => {
    if (declaration.indexes.includes(index)) return `keys.${index}`;
    throw new TypeError(`The collection "${declaration.name}" declares no index "${index}".`);
  };
  const standing = async (id: string): Promise<Row | undefined> => {
    const [row] = await commands.find({ _id: id }, 1);
    if (row === undefined || isRow(row)) return row;
    throw unreadable();
  };
  /** A write that is seen is not yet a write that lasts: one that changes nothing, but is acknowledged, lasts and so does what it saw. */
  const lasts = ({ _id, version }: Row): Promise<boolean> => commands.set({ _id, version }, { version });
  const readable = (row: unknown): readonly Stored<T>[] => {
    try {
      return [storedOf<T>(row)];
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      log?.error({ reason: error.reason, collection: declaration.name }, 'a document cannot be read and is left out');
      return [];
    }
  };

  return {
    get: async (id) => {
      if (!id.isWellFormed()) return undefined;
      const [row] = await ask(() => commands.find({ _id: id, ...alive(now()) }, 1));
      return row === undefined ? undefined : storedOf<T>(row);
    },

    findBy: async (index, key, limit = DEFAULT_LIMIT) => {
      const path = declared(index);
      atLeastOne(limit);
      if (!key.isWellFormed()) return [];
      const rows = await ask(() => commands.find({ [path]: key, ...alive(now()) }, limit));
      return rows.flatMap(readable);
    },

    insert: async (id, value, keep) => {
      const version = newVersion();
      const row = rowOf(declaration, wellFormed(id), value, keep, version);
      return settled<string | undefined>({
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
          const found = await standing(id);
          if (!found) return 'again';
          if (isMine(found, version)) return (await lasts(found)) ? { is: version } : 'again';
          if (isAlive(found, now())) return { is: undefined };
          return (await commands.replace({ _id: id, version: found.version }, row)) ? { is: version } : 'again';
        },
      });
    },

    replace: async (id, value, version, keep) => {
      const next = newVersion();
      const row = rowOf(declaration, id, value, keep, next, version);
      if (!id.isWellFormed()) return undefined;
      return settled<string | undefined>({
        write: async (isDoubtful) => {
          if (await commands.replace({ _id: id, version, ...alive(now()) }, row)) return { is: next };
          return isDoubtful ? 'look' : { is: undefined };
        },
        look: async () => {
          const found = await standing(id);
          if (!found) return 'unknown';
          if (isMine(found, next)) return (await lasts(found)) ? { is: next } : 'again';
          if (found.version === version) return isAlive(found, now()) ? 'again' : 'unknown';
          // Another took the place of the same version: then this write cannot have been there.
          return found.previous === version ? { is: undefined } : 'unknown';
        },
      });
    },

    remove: async (id, version) => {
      if (!id.isWellFormed()) return false;
      const which: Condition = version === undefined ? { _id: id } : { _id: id, version };
      return settled<boolean>({
        write: async (isDoubtful) => {
          if (await commands.removeOne({ ...which, ...alive(now()) })) return { is: true };
          return isDoubtful ? 'look' : { is: false };
        },
        look: async () => {
          const found = await standing(id);
          if (!found || !isAlive(found, now())) return 'unknown';
          if (version === undefined || found.version === version) return 'again';
          return found.previous === version ? { is: false } : 'unknown';
        },
      });
    },

    removeBy: async (index, key) => {
      const path = declared(index);
      if (!key.isWellFormed()) return 0;
      return ask(() => commands.removeAll({ [path]: key, ...alive(now()) }));
    },

    page: async ({ after, limit }) => {
      atLeastOne(limit);
      const behind = after === undefined ? { $gte: '' } : { $gt: after };
      const rows = await ask(() => commands.find({ _id: behind, ...alive(now()) }, limit + 1));
      const items = rows.slice(0, limit).map((row) => storedOf<T>(row));
      const last = items.at(-1);
      return rows.length > limit && last ? { items, next: last.id } : { items };
    },

    count: () => ask(() => commands.count({ _id: { $gte: '' }, ...alive(now()) })),

    tally: async (index) => {
      declared(index);
      return tallyIndex(ask, commands, index, now());
    },
  };
}

/** Removes expired documents, up to `limit`; how many. */
export async function sweepCollection(
  { commands, now }: Pick<Ground, 'commands' | 'now'>,
  limit: number,
): Promise<number> {
  const instant = now();
  const ids = await commands.findLapsed(instant, limit);
  // With the expiry once more: one that was given a new life meanwhile stays.
  return ids.length === 0 ? 0 : commands.removeAll({ _id: { $in: ids }, ...lapsed(instant) });
}

const isMine = (row: Row, version: string): boolean => row.version === version || row.previous === version;
const isAlive = ({ until }: Row, now: number): boolean => until === undefined || until.getTime() > now;

function atLeastOne(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError('A limit is a whole number from 1.');
}
