/** Gives each declared collection and index its number in the file, and builds the entries of an index that is new. */
import type { Database } from './open-database.ts';
import type { NameRow } from './statements.ts';

/** The index entries of one document: index name and key, each pair once. */
export type Key = readonly [index: string, key: string];

export interface Declaration {
  readonly name: string;
  readonly indexes: readonly string[];
  /** The places of a document in the indexes. Throws `TypeError` for keys that are no well-formed Unicode. */
  keysOf(value: object): Key[];
}

/** The numbers that represent names in the file. */
export interface Numbers {
  readonly collection: number;
  readonly indexes: ReadonlyMap<string, number>;
}

export type Declared = Map<string, Numbers>;

const BATCH = 500;

/** Gives new names their numbers, and a new index its entries; all of it or nothing. */
export function declareCollections(
  open: Database & { readonly declared: Declared },
  declarations: readonly Declaration[],
): void {
  const { statements, declared, connection } = open;
  const missing = (): Declaration[] => {
    const known = numbersIn(statements.names.all());
    return declarations.filter(({ name, indexes }) => {
      const numbers = known.get(name);
      return !numbers || indexes.some((index) => !numbers.indexes.has(index));
    });
  };
  if (missing().length > 0) {
    statements.begin.run();
    try {
      for (const declaration of missing()) addNames(open, declaration);
      statements.commit.run();
    } catch (error) {
      if (connection.isTransaction) statements.rollback.run();
      throw error;
    }
  }
  const known = numbersIn(statements.names.all());
  for (const { name } of declarations) {
    const numbers = known.get(name);
    if (numbers) declared.set(name, numbers);
  }
}

function numbersIn(rows: readonly NameRow[]): ReadonlyMap<string, Numbers> {
  const found = new Map<string, { collection: number; indexes: Map<string, number> }>();
  for (const { number, collection, idx } of rows) {
    const numbers = found.get(collection) ?? { collection: 0, indexes: new Map<string, number>() };
    found.set(collection, numbers);
    if (idx === '') numbers.collection = number;
    else numbers.indexes.set(idx, number);
  }
  return found;
}

function addNames({ statements }: Database, declaration: Declaration): void {
  const before = numbersIn(statements.names.all()).get(declaration.name);
  if (!before) statements.addName.run(declaration.name, '');
  const added = declaration.indexes.filter((index) => !before?.indexes.has(index));
  for (const index of added) statements.addName.run(declaration.name, index);
  const numbers = numbersIn(statements.names.all()).get(declaration.name);
  if (!before || !numbers || added.length === 0) return;
  let last = 0;
  for (;;) {
    const rows = statements.all.all(numbers.collection, last, BATCH);
    for (const { seq, id, keys, body } of rows) {
      last = seq;
      const fresh = numbered(declaration.keysOf(JSON.parse(body) as object), numbers);
      moveEntries(statements, id, keys, fresh);
      if (fresh !== keys) statements.setKeys.run(fresh, seq);
    }
    if (rows.length < BATCH) return;
  }
}

/** The column `keys` of a document: JSON pairs of index number and key; null when there are none. */
export function numbered(keys: readonly Key[], numbers: Numbers): string | null {
  if (keys.length === 0) return null;
  return JSON.stringify(keys.map(([index, key]) => [numbers.indexes.get(index), key]));
}

/** Changes the entries of one document from `before` to `after`. */
export function moveEntries(
  statements: Database['statements'],
  id: string,
  before: string | null,
  after: string | null,
): void {
  if (before === after) return;
  if (before === null) {
    for (const [index, key] of read(after)) statements.addEntry.run(index, key, id);
    return;
  }
  const old = pairs(before);
  const fresh = pairs(after);
  for (const [pair, [index, key]] of old) if (!fresh.has(pair)) statements.dropEntry.run(index, key, id);
  for (const [pair, [index, key]] of fresh) if (!old.has(pair)) statements.addEntry.run(index, key, id);
}

type Pair = readonly [index: number, key: string];

const read = (keys: string | null): readonly Pair[] => (keys === null ? [] : (JSON.parse(keys) as Pair[]));

function pairs(keys: string | null): Map<string, Pair> {
  return new Map(read(keys).map((pair) => [JSON.stringify(pair), pair]));
}
