/** The MongoDB store: the port of storage over one database, for many processes. */
import { MongoClient } from 'mongodb';
import type { Db, MongoClientOptions } from 'mongodb';
import type { Logger } from 'pino';
import type { Collection, CollectionSpec, Storage, StoreReport } from '../port.ts';
import { addressFaults } from './check-address.ts';
import { commandsFor } from './commands.ts';
import { declarationOf } from './document.ts';
import type { Declaration, Row } from './document.ts';
import { inspectDatabase } from './inspect-database.ts';
import { mongodbCollection, sweepCollection } from './mongodb-collection.ts';
import type { Ground } from './mongodb-collection.ts';
import { createPatience, shareOfAttempt, type Patience } from './retry.ts';
import { prepareCollection } from './prepare-collection.ts';
import { openMark } from './store-mark.ts';
import { judge, unavailable } from './unavailable.ts';

export interface MongodbOptions {
  /** `mongodb://` or `mongodb+srv://`, credentials included; never shown. */
  readonly uri: string;
  /** Default: the database in the URI, otherwise `rekey`. */
  readonly database?: string;
  /** The most connections (default 20); one is enough. */
  readonly pool?: number;
  /** The most time of one call, in ms (default 4500). */
  readonly timeout?: number;
  /** Certificates of the server's authority, PEM. */
  readonly ca?: string;
  /** Our own certificate and key, PEM. */
  readonly certificate?: string;
  /**
   * Whether the server also removes expired documents, by TTL indexes (default true). False if the clock is not real
   * time, as in tests.
   */
  readonly doesServerExpire?: boolean;
  /** Decides what has expired. */
  readonly clock: { now(): number };
  readonly log?: Logger;
}

/** Expired documents in one command. */
const SWEPT_AT_ONCE = 250;

/** Several connections, so that a call does not wait behind all others while the server is slow. */
const PREPARED_AT_ONCE = 4;

interface Declared {
  readonly ground: Ground;
  readonly declaration: Declaration;
}

interface Context {
  readonly client: MongoClient;
  readonly database: Db;
  readonly patience: Patience;
  readonly clock: MongodbOptions['clock'];
  readonly log: Logger | undefined;
  readonly doesServerExpire: boolean;
  readonly collections: Map<string, Declared>;
  readonly calls: Calls;
}

/**
 * Opens the store of many machines: a MongoDB server, replica set or sharded cluster, or a compatible service. Rejects
 * with `StorageUnavailable`, whose message is one line to show.
 */
export async function openMongodb(options: MongodbOptions): Promise<Storage> {
  const { clock, log, timeout = 4500, doesServerExpire = true } = options;
  const client = clientFor(options, timeout);
  const database = client.db(options.database ?? (client.options.dbName === 'test' ? 'rekey' : undefined));
  const calls = createCalls(client);
  const patience = createPatience({ milliseconds: timeout, isClosed: calls.isClosed, log });
  const context: Context = { client, database, patience, clock, log, doesServerExpire, collections: new Map(), calls };
  const mark = openMark(database);
  try {
    await patience.ask(async () => {
      // A client whose first connection failed does not reconnect by itself.
      await client.connect();
      await mark.open();
    });
  } catch (error) {
    await calls.close();
    throw error;
  }
  return {
    collection: (spec) => declare(context, spec),
    prepare: () => calls.tracked(() => prepareAll(context)),
    time: () => calls.tracked(() => patience.ask(() => serverTime(client))),
    ping: () => calls.tracked(() => patience.ask(() => mark.touch())),
    sweep: (limit) => calls.tracked(() => sweep(context, limit)),
    within: patience.within,
    inspect: (wanted) => calls.tracked(() => inspect(context, wanted)),
    close: calls.close,
  };
}

/** The calls of one client: closing waits for running ones, and refuses later ones. */
interface Calls {
  readonly isClosed: () => boolean;
  readonly tracked: <R>(call: () => Promise<R>) => Promise<R>;
  readonly close: () => Promise<void>;
}

function createCalls(client: MongoClient): Calls {
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;
  let closing: Promise<void> | undefined;
  const forgetAfter = async (call: Promise<unknown>): Promise<void> => {
    await Promise.allSettled([call]);
    underWay.delete(call);
  };
  const close = async (): Promise<void> => {
    await Promise.allSettled(underWay);
    isClosed = true;
    await client.close();
  };
  return {
    isClosed: () => isClosed,
    tracked(call) {
      if (closing) return Promise.reject(unavailable('closed'));
      const answer = call();
      underWay.add(answer);
      void forgetAfter(answer);
      return answer;
    },
    close: () => (closing ??= close()),
  };
}

function declare<T extends object>(context: Context, spec: CollectionSpec<T>): Collection<T> {
  const { database, patience, clock, log, doesServerExpire, collections } = context;
  const declaration = declarationOf(spec);
  if (collections.has(declaration.name)) throw new TypeError(`The collection "${declaration.name}" is declared twice.`);
  const rows = database.collection<Row>(declaration.name);
  const commands = commandsFor(rows, declaration);
  let preparing: Promise<void> | undefined;
  const ready = (): Promise<void> => {
    preparing ??= patience
      .ask(() => prepareCollection({ database, rows, commands, declaration, doesServerExpire }))
      .catch((error: unknown) => {
        preparing = undefined;
        throw error;
      });
    return preparing;
  };
  const ground: Ground = { commands, patience, now: () => clock.now(), ready, log };
  collections.set(declaration.name, { ground, declaration });
  return trackedCollection(mongodbCollection<T>(declaration, ground), context.calls.tracked);
}

async function prepareAll({ collections }: Context): Promise<void> {
  const waiting = [...collections.values()];
  const next = async (): Promise<void> => {
    for (let one = waiting.shift(); one; one = waiting.shift()) await one.ground.ready();
  };
  await Promise.all(Array.from({ length: PREPARED_AT_ONCE }, next));
}

async function sweep({ collections, patience }: Context, limit: number): Promise<number> {
  let swept = 0;
  for (const { ground } of collections.values()) {
    for (;;) {
      const most = Math.min(SWEPT_AT_ONCE, limit - swept);
      if (most < 1) return swept;
      await ground.ready();
      const gone = await patience.ask(() => sweepCollection(ground, most));
      swept += gone;
      if (gone < most) break;
    }
  }
  return swept;
}

async function inspect(
  { client, database, collections, doesServerExpire }: Context,
  { reading, spare = [] }: Parameters<NonNullable<Storage['inspect']>>[0],
): Promise<StoreReport> {
  const declared = [...collections.values()].map(({ ground, declaration }) => ({
    declaration,
    commands: ground.commands,
  }));
  try {
    return await inspectDatabase({ client, database, declared, doesServerExpire, reading, spare });
  } catch (error) {
    const known = judge(error);
    throw known ? unavailable(known.reason, error, known.sentence) : error;
  }
}

function clientFor({ uri, database, pool = 20, ca, certificate }: MongodbOptions, timeout: number): MongoClient {
  const attempt = Math.round(timeout * shareOfAttempt);
  const settings: MongoClientOptions = {
    appName: 'rekey',
    maxPoolSize: pool,
    writeConcern: { w: 'majority', wtimeoutMS: attempt },
    readPreference: 'primary',
    // Every write here is verified by reading, whatever the server supports.
    retryWrites: false,
    retryReads: false,
    // A little less than the caller's time, so that the driver reports what is wrong.
    serverSelectionTimeoutMS: Math.round(timeout * 0.9),
    waitQueueTimeoutMS: timeout,
    connectTimeoutMS: attempt,
    socketTimeoutMS: attempt,
    maxIdleTimeMS: 120_000,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate, key: certificate }),
  };
  const faults = addressFaults({ uri, database });
  if (faults.length > 0)
    throw unavailable('unreachable', undefined, `The address of the database has a fault: it ${faults.join('; it ')}.`);
  try {
    return new MongoClient(uri, settings);
  } catch (error) {
    const known = judge(error);
    if (!known && !(error instanceof TypeError)) throw error;
    throw unavailable('unreachable', error, 'The address of the database has a fault.');
  }
}

/** The old name of the handshake, which every server knows. */
async function serverTime(client: MongoClient): Promise<number | undefined> {
  const { localTime } = (await client.db('admin').command({ isMaster: 1 })) as { localTime?: unknown };
  return localTime instanceof Date ? localTime.getTime() : undefined;
}

function trackedCollection<T extends object>(
  inner: Collection<T>,
  tracked: <R>(call: () => Promise<R>) => Promise<R>,
): Collection<T> {
  return {
    get: (...args) => tracked(() => inner.get(...args)),
    findBy: (...args) => tracked(() => inner.findBy(...args)),
    insert: (...args) => tracked(() => inner.insert(...args)),
    replace: (...args) => tracked(() => inner.replace(...args)),
    remove: (...args) => tracked(() => inner.remove(...args)),
    removeBy: (...args) => tracked(() => inner.removeBy(...args)),
    tally: (...args) => tracked(() => inner.tally(...args)),
    page: (...args) => tracked(() => inner.page(...args)),
    count: (...args) => tracked(() => inner.count(...args)),
  };
}
