/** Creates the indexes of a collection in MongoDB where they are missing. */
import type { Collection as DriverCollection, Db, IndexDescription } from 'mongodb';
import type { Commands } from './commands.ts';
import { indexNameOf, isRow, storedOf } from './document.ts';
import type { Declaration, Row } from './document.ts';
import { codeOf, unavailable } from './unavailable.ts';

/** How much longer (s) a server keeps an expired document than we do: its clock may be ahead of ours. */
const grace = 3600;

const BATCH = 200;
const SAMPLE = 10;

/** The indexes of a collection: one for each declared index, which also sorts by id, and one for expiry. */
export function indexesOf({ indexes }: Declaration, doesServerExpire: boolean): readonly NamedIndex[] {
  return [
    ...indexes.map((index) => ({ name: indexNameOf(index), key: { [`keys.${index}`]: 1, _id: 1 } as const })),
    // Two indexes of one key cannot exist together, and a store may be opened with and without server expiry.
    doesServerExpire
      ? { name: 'expiring', key: { until: 1 }, expireAfterSeconds: grace }
      : { name: 'by-until', key: { until: 1, _id: 1 } },
  ];
}

export type NamedIndex = IndexDescription & { readonly name: string };

/** The names of the existing indexes; none if there is no collection yet. */
export async function indexNames(rows: DriverCollection<Row>): Promise<readonly string[]> {
  try {
    const found = await rows.listIndexes().toArray();
    return found.map(({ name }: { name?: unknown }) => String(name));
  } catch (error) {
    if (codeOf(error) === 26) return [];
    throw error;
  }
}

/**
 * Prepares the collection: its indexes, all in one command and on a new collection before the first document, and the
 * entries of a new index for older documents. Rejects with `StorageUnavailable` whose message is the line to show, or
 * with an error of the driver.
 */
export async function prepareCollection({
  database,
  rows,
  commands,
  declaration,
  doesServerExpire,
}: {
  readonly database: Db;
  readonly rows: DriverCollection<Row>;
  readonly commands: Commands;
  readonly declaration: Declaration;
  readonly doesServerExpire: boolean;
}): Promise<void> {
  const wanted = indexesOf(declaration, doesServerExpire);
  await assertPlain(database, declaration.name);
  const some = await commands.findAny(SAMPLE);
  // Read completely: another process that starts at the same time may just have written its first document.
  const odd = some.length === 0 ? await rows.findOne({}) : null;
  // A document that was edited by hand is reported when it is read.
  if ((odd !== null && !isRow(odd)) || (some.length > 0 && !some.some(isRow)))
    throw foreign(database, declaration.name, 'it holds documents of another form');
  const had = await indexNames(rows);
  const missing = wanted.filter(({ name }) => !had.includes(name));
  if (missing.length > 0) await create(database, declaration.name, missing);
  if (some.length === 0 || had.length === 0) return;
  for (const index of declaration.indexes) await fill(commands, declaration, index);
}

async function create(database: Db, name: string, indexes: readonly NamedIndex[]): Promise<void> {
  const command = { createIndexes: name, indexes: [...indexes] };
  try {
    await database.command(command);
  } catch (error) {
    const code = codeOf(error);
    if (code === 13) {
      throw unavailable(
        'read-only',
        error,
        `The user of the database may not make indexes in "${name}". Have it done by one who may: ${statementFor(database, name, indexes)}`,
      );
    }
    if (code === 85 || code === 86) throw foreign(database, name, 'it has other indexes under our names');
    throw error;
  }
}

/** For the shell of the database. */
export function statementFor(database: Db, name: string, indexes: readonly NamedIndex[]): string {
  const command = JSON.stringify({ createIndexes: name, indexes });
  return `db.getSiblingDB(${JSON.stringify(database.databaseName)}).runCommand(${command})`;
}

/** A view, a capped collection, or one with a collation would break the guarantees of this adapter. */
async function assertPlain(database: Db, name: string): Promise<void> {
  const [found] = await database
    .listCollections({ name }, { nameOnly: false })
    .toArray()
    .catch((error: unknown) => {
      if (codeOf(error) === 13) return [];
      throw error;
    });
  // A server that does not filter by name returns others too.
  if (found?.name !== name) return;
  const { capped, collation, timeseries, validator } = (found.options ?? {}) as Record<string, unknown>;
  const { locale } = (collation ?? {}) as { locale?: unknown };
  if (
    (found.type ?? 'collection') !== 'collection' ||
    capped === true ||
    (locale !== undefined && locale !== 'simple') ||
    timeseries !== undefined ||
    validator !== undefined
  ) {
    throw foreign(database, name, 'it is no plain collection');
  }
}

function foreign(database: Db, name: string, why: string): Error {
  return unavailable(
    'corrupt',
    undefined,
    `The collection "${name}" of the database "${database.databaseName}" was made by somebody else: ${why}. Give Rekey a database of its own.`,
  );
}

/** Adds the keys of a new index to older documents. Nothing else of them changes, not even the version. */
async function fill(commands: Commands, declaration: Declaration, index: string): Promise<void> {
  const path = `keys.${index}`;
  let after = '';
  for (;;) {
    const rows = await commands.find({ [path]: null, _id: after === '' ? { $gte: '' } : { $gt: after } }, BATCH);
    for (const row of rows) {
      if (!isRow(row) || Array.isArray(row.keys[index])) continue;
      const keys = keysIn(declaration, row, index);
      if (keys) await commands.set({ _id: row._id, version: row.version }, { [path]: keys });
    }
    const last = rows.at(-1) as { readonly _id: string } | undefined;
    if (rows.length < BATCH || !last) return;
    after = last._id;
  }
}

/** `undefined` for a document that cannot be read: it is in no index. */
function keysIn(declaration: Declaration, row: Row, index: string): readonly string[] | undefined {
  try {
    return declaration.keysOf(storedOf<object>(row).value)[index];
  } catch {
    return undefined;
  }
}
