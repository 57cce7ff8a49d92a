/**
 * Whether a store may be opened: no process opens it while it is copied into another store, or before a copy into it is
 * complete.
 */
import type { MigrationMarks } from './migration-marks.ts';

/** Why nothing opens a store at this moment; the sentence is for the operator. */
export class StoreMoving extends Error {
  override readonly name = 'StoreMoving';
}

/** Throws `StoreMoving`. */
export async function refuseMoving(marks: Pick<MigrationMarks, 'arrival' | 'departed'>): Promise<void> {
  const arrival = await marks.arrival();
  if (arrival && arrival.value.finishedAt === undefined)
    throw new StoreMoving(
      'The copy into this store is not complete: run the same `rekey storage copy` again until it is done, or empty this store and begin anew.',
    );
  if (await marks.departed())
    throw new StoreMoving(
      '`rekey storage copy` is reading this store: work on the new one when it is done. (If that command was killed, wait a minute.)',
    );
}
