/**
 * Does something for many, a bounded number at a time: all at once would wait for one another longer than a call may
 * take.
 */

/** Rejects with the first failure; what is under way goes on, and nothing further is begun. */
export async function inParallel<T>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  let failed = false;
  const next = async (): Promise<void> => {
    for (let one = waiting.next(); !failed && one.done !== true; one = waiting.next()) {
      try {
        await work(one.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}
