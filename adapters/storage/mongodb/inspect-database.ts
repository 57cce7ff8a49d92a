/** Reports the content of a MongoDB database, for `storage check`. */
import type { Db, MongoClient } from 'mongodb';
import type { CollectionReport, StoreReport } from '../port.ts';
import type { Commands } from './commands.ts';
import { storedOf } from './document.ts';
import type { Declaration, Row } from './document.ts';
import { indexNames, indexesOf, statementFor } from './prepare-collection.ts';
import { markName } from './store-mark.ts';

const BATCH = 500;

/** Reads only. Figures that a server does not give are left out. Rejects with errors of the driver. */
export async function inspectDatabase({
  client,
  database,
  declared,
  doesServerExpire,
  reading,
  spare,
}: {
  readonly client: MongoClient;
  readonly database: Db;
  readonly declared: readonly { readonly declaration: Declaration; readonly commands: Commands }[];
  readonly doesServerExpire: boolean;
  readonly reading: boolean;
  readonly spare: readonly string[];
}): Promise<StoreReport> {
  const collections: CollectionReport[] = [];
  const statements: string[] = [];
  for (const { declaration, commands } of declared) {
    const { name } = declaration;
    const rows = database.collection<Row>(name);
    const documents = await rows.estimatedDocumentCount();
    if (documents === 0 && spare.includes(name)) continue;
    const indexes = await indexNames(rows);
    const wanted = indexesOf(declaration, doesServerExpire);
    const missing = wanted.filter((index) => !indexes.includes(index.name));
    if (missing.length > 0) statements.push(statementFor(database, name, missing));
    const bytes = figure(await told(database, { collStats: name }), 'size');
    collections.push({
      name,
      documents,
      ...(bytes === undefined ? {} : { bytes }),
      indexes,
      missing: missing.map((index) => index.name),
      ...(reading ? { unreadable: await unreadableIn(commands) } : {}),
    });
  }
  const stats = await told(database, { dbStats: 1 });
  const bytes = figure(stats, 'storageSize') ?? figure(stats, 'dataSize');
  const version = (await told(client.db('admin'), { buildInfo: 1 }))?.['version'];
  const ours = new Set([markName, ...declared.map(({ declaration }) => declaration.name)]);
  const found = await database
    .listCollections({}, { nameOnly: true })
    .toArray()
    .catch(() => []);
  return {
    engine: typeof version === 'string' ? `MongoDB ${version}` : 'MongoDB',
    place: placeOf(client, database),
    ...(bytes === undefined ? {} : { bytes }),
    collections,
    others: found.map(({ name }) => name).filter((name) => !ours.has(name) && !name.startsWith('system.')),
    statements,
  };
}

/** Without user, password and options. */
export function placeOf(client: MongoClient, database: Db): string {
  const { srvHost, hosts } = client.options;
  const at = srvHost ?? hosts.map(String).join(',');
  return `mongodb${srvHost === undefined ? '' : '+srv'}://${at}/${database.databaseName}`;
}

async function told(database: Db, command: object): Promise<Readonly<Record<string, unknown>> | undefined> {
  return database.command(command).catch(() => undefined);
}

function figure(answer: Readonly<Record<string, unknown>> | undefined, name: string): number | undefined {
  const value = answer?.[name];
  return typeof value === 'number' ? value : undefined;
}

async function unreadableIn(commands: Commands): Promise<readonly string[]> {
  const unreadable: string[] = [];
  for (let after: string | undefined; ;) {
    const rows = (await commands.find({ _id: after === undefined ? { $gte: '' } : { $gt: after } }, BATCH)) as Row[];
    for (const row of rows) if (!isReadable(row)) unreadable.push(row._id);
    after = rows.at(-1)?._id;
    if (rows.length < BATCH || after === undefined) return unreadable;
  }
}

function isReadable(row: unknown): boolean {
  try {
    storedOf(row);
    return true;
  } catch {
    return false;
  }
}
