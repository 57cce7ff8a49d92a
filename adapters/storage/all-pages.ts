/** Reads a whole collection a page at a time, in order of id. What is there all along appears exactly once, also while others write (`port.ts`). */
import type { Id, Page, PageOptions, Stored } from './port.ts';

interface Paged<T> {
  page(options: PageOptions): Promise<Page<T>>;
}

/** @param after reads what comes behind this id. Rejects with `StorageUnavailable`. */
export async function* allPages<T>(
  source: Paged<T>,
  limit: number,
  after?: Id,
): AsyncGenerator<readonly Stored<T>[], void> {
  let last = after;
  do {
    const { items, next } = await source.page({ limit, ...(last === undefined ? {} : { after: last }) });
    yield items;
    last = next;
  } while (last !== undefined);
}

/** One document at a time. @param limit how many are read at once */
export async function* allDocuments<T>(source: Paged<T>, limit: number): AsyncGenerator<Stored<T>, void> {
  for await (const items of allPages(source, limit)) yield* items;
}
