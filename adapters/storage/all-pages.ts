/**
 * Reads a whole collection page by page, in order of id. A document that exists during the whole time appears exactly
 * once, also while others write (`port.ts`).
 */
import type { Id, Page, PageOptions, Stored } from './port.ts';

interface Paged<T> {
  page(options: PageOptions): Promise<Page<T>>;
}

/** @param after reads the ids after this one. Rejects with `StorageUnavailable`. */
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
