/**
 * Counts the documents of each key of an index, in slices between which requests are served. Called by
 * `embedded-collection.ts`.
 */
import { setImmediate } from 'node:timers/promises';
import { TooManyToCount, tallyMost, type Tally } from '../port.ts';
import type { Open } from './handle.ts';

/** The number of entries in one slice: about a tenth of a millisecond. */
const sliceOf = 1_000;
/** The number of expired documents in one slice: each is read whole. */
const lapsedSlice = 200;

export interface IndexPlace {
  readonly collection: number;
  readonly index: number;
}

type Read = <T>(work: (open: Open, now: number) => T) => Promise<T>;

/** Throws `TooManyToCount` for an index of more than `tallyMost` keys. */
export async function tallyIndex(read: Read, place: (open: Open) => IndexPlace): Promise<readonly Tally[]> {
  const lapsed = await lapsedKeys(read, place);
  const found: Tally[] = [];
  for (let key = await keyAfter(read, place); key !== undefined; key = await keyAfter(read, place, key)) {
    if (found.length === tallyMost) throw new TooManyToCount(`An index of more than ${tallyMost} keys is not tallied.`);
    const documents = (await carriersOf(read, place, key)) - (lapsed.get(key) ?? 0);
    if (documents > 0) found.push({ key, documents });
    await setImmediate();
  }
  return found;
}

const keyAfter = (read: Read, place: (open: Open) => IndexPlace, after?: string): Promise<string | undefined> =>
  read((open) => {
    const { index } = place(open);
    const { firstKey, nextKey } = open.statements;
    return (after === undefined ? firstKey.get(index) : nextKey.get(index, after))?.key;
  });

async function carriersOf(read: Read, place: (open: Open) => IndexPlace, key: string): Promise<number> {
  let total = 0;
  let last: string | null = '';
  while (last !== null) {
    const after: string = last;
    const slice = await read((open) => open.statements.slice.get(place(open).index, key, after, sliceOf));
    total += slice?.number ?? 0;
    last = slice?.number === sliceOf ? slice.last : null;
    if (last !== null) await setImmediate();
  }
  return total;
}

/** Counts the index entries of expired documents that were not swept yet, for each key. */
async function lapsedKeys(read: Read, place: (open: Open) => IndexPlace): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  let [until, seq] = [Number.MIN_SAFE_INTEGER, 0];
  for (;;) {
    const [since, behind] = [until, seq];
    const { rows, index } = await read((open, now) => {
      const at = place(open);
      return {
        index: at.index,
        rows: open.statements.lapsedOf.all(at.collection, now, since, since, behind, lapsedSlice),
      };
    });
    for (const { keys } of rows)
      for (const [number, key] of JSON.parse(keys ?? '[]') as [number, string][])
        if (number === index) found.set(key, (found.get(key) ?? 0) + 1);
    const end = rows.at(-1);
    if (rows.length < lapsedSlice || !end) return found;
    ({ until, seq } = end);
    await setImmediate();
  }
}
