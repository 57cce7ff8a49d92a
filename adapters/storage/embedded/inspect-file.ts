/** Reports the content of an embedded store, for `storage check`. */
import type { CollectionReport, StoreReport } from '../port.ts';
import type { Declaration } from './declare-collections.ts';
import type { Open } from './handle.ts';

const NUMBERS = `SELECT names.number, names.collection, names.idx,
  (SELECT count(*) FROM documents WHERE documents.collection = names.number) AS documents,
  (SELECT total(length(CAST(body AS BLOB))) FROM documents WHERE documents.collection = names.number) AS bytes FROM names`;

interface NameRow {
  readonly number: number;
  readonly collection: string;
  readonly idx: string;
  readonly documents: number;
  readonly bytes: number;
}

/** The content of the file; it already lists a new collection, empty. */
export function inspectFile(
  { connection }: Pick<Open, 'connection'>,
  {
    file,
    declarations,
    reading,
    spare,
  }: {
    readonly file: string;
    readonly declarations: readonly Declaration[];
    readonly reading: boolean;
    readonly spare: readonly string[];
  },
): StoreReport {
  const rows = connection.prepare(NUMBERS).all() as unknown as readonly NameRow[];
  const pragma = (name: string): number => Number(Object.values(connection.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
  const collections = declarations.map(({ name, indexes }): CollectionReport => {
    const own = rows.filter(({ collection }) => collection === name);
    const itself = own.find(({ idx }) => idx === '');
    const known = own.flatMap(({ idx }) => (idx === '' ? [] : [idx]));
    return {
      name,
      documents: itself?.documents ?? 0,
      bytes: itself?.bytes ?? 0,
      indexes: known,
      missing: itself ? indexes.filter((index) => !known.includes(index)) : [],
      ...(reading ? { unreadable: itself ? unreadableIn(connection, itself.number) : [] } : {}),
    };
  });
  const ours = new Set(declarations.map(({ name }) => name));
  const others = new Set(rows.map(({ collection }) => collection).filter((name) => !ours.has(name)));
  return {
    engine: `SQLite ${process.versions['sqlite'] ?? ''}`.trim(),
    place: file,
    bytes: pragma('page_count') * pragma('page_size'),
    collections: collections.filter(({ name, documents }) => documents > 0 || !spare.includes(name)),
    others: [...others],
    statements: [],
  };
}

function unreadableIn(connection: Open['connection'], collection: number): readonly string[] {
  const unreadable: string[] = [];
  const rows = connection
    .prepare('SELECT id, body FROM documents WHERE collection = ? ORDER BY id')
    .iterate(collection);
  for (const { id, body } of rows as unknown as Iterable<{ readonly id: string; readonly body: string }>) {
    try {
      JSON.parse(body);
    } catch {
      unreadable.push(id);
    }
  }
  return unreadable;
}
