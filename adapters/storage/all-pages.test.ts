import { expect, test } from '@jest/globals';
import { systemClock } from '../../time/clock.ts';
import { temporaryStore } from '../../test/harness/temporary-store.ts';
import { allDocuments, allPages } from './all-pages.ts';

async function withIds(ids: readonly string[], work: (collection: Collected) => Promise<void>): Promise<void> {
  const store = await temporaryStore(systemClock);
  try {
    const collection = store.storage.collection<{ readonly n: number }>({ name: 'pages' });
    for (const [n, id] of ids.entries()) await collection.insert(id, { n });
    await work(collection);
  } finally {
    await store.close();
  }
}
type Collected = ReturnType<Awaited<ReturnType<typeof temporaryStore>>['storage']['collection']>;

async function pagesOf(collection: Collected, limit: number, after?: string): Promise<readonly string[]> {
  const pages: string[] = [];
  for await (const items of allPages(collection, limit, after)) pages.push(items.map(({ id }) => id).join(' '));
  return pages;
}

test('a collection is read page by page, also when its last page is full; an empty one is one empty page', async () => {
  await withIds(['a', 'b', 'c', 'd', 'e'], async (collection) => {
    expect(await pagesOf(collection, 2)).toEqual(['a b', 'c d', 'e']);
    expect(await pagesOf(collection, 5)).toEqual(['a b c d e']);
    expect(await pagesOf(collection, 2, 'b')).toEqual(['c d', 'e']);
  });
  await withIds([], async (collection) => expect(await pagesOf(collection, 2)).toEqual(['']));
});

test('no page is read after the one at which the reader stops', async () => {
  const asked: (string | undefined)[] = [];
  const source = {
    page: async ({ after }: { readonly after?: string }) => {
      asked.push(after);
      return { items: [{ id: 'a', value: {}, version: '1' }], next: 'a' };
    },
  };
  for await (const items of allPages(source, 1)) if (items.length > 0 && asked.length === 2) break;
  expect(asked).toEqual([undefined, 'a']);
});

test('documents come one at a time', async () => {
  await withIds(['c', 'a', 'b'], async (collection) => {
    const ids: string[] = [];
    for await (const { id } of allDocuments(collection, 2)) ids.push(id);
    expect(ids).toEqual(['a', 'b', 'c']);
  });
});
