/**
 * Counts the documents of each key of an index: one command for the keys, one for each of them. Called by
 * `mongodb-collection.ts`.
 */
import { TooManyToCount, tallyMost, type Tally } from '../port.ts';
import type { Commands } from './commands.ts';

type Ask = <R>(work: () => Promise<R>) => Promise<R>;

const page = 1000;

/** Throws `TooManyToCount` for an index of more than `tallyMost` keys. */
export async function tallyIndex(
  ask: Ask,
  commands: Pick<Commands, 'keysOf' | 'carriers' | 'lapsedKeys'>,
  index: string,
  now: number,
): Promise<readonly Tally[]> {
  const keys = (await ask(() => commands.keysOf(index))).filter((key) => typeof key === 'string');
  if (keys.length > tallyMost) throw new TooManyToCount(`An index of more than ${tallyMost} keys is not tallied.`);
  const lapsed = await lapsedOf(ask, commands, index, now);
  const found: Tally[] = [];
  for (const key of keys.toSorted(byCodePoint)) {
    const documents = (await ask(() => commands.carriers(index, key))) - (lapsed.get(key) ?? 0);
    if (documents > 0) found.push({ key, documents });
  }
  return found;
}

/** Counts expired documents that were not swept yet, for each key. */
async function lapsedOf(
  ask: Ask,
  commands: Pick<Commands, 'lapsedKeys'>,
  index: string,
  now: number,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (let skip = 0; ; skip += page) {
    const rows = await ask(() => commands.lapsedKeys(index, now, skip, page));
    for (const key of rows.flat()) found.set(key, (found.get(key) ?? 0) + 1);
    if (rows.length < page) return found;
  }
}

/** The order of UTF-8, as in both stores: JavaScript's own order differs beyond U+FFFF. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
