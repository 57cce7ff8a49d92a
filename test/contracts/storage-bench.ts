// Shared by the parts of the storage contract.
import type { MovableClock } from '../../time/clock.ts';
import type { Collection, CollectionSpec, Storage, Version } from '../../adapters/storage/port.ts';

/** One new, empty store, and its operations. */
export interface OpenedStorage {
  readonly storage: Storage;
  /** Closes what is open and opens the same data again, as after a restart. */
  readonly reopen: () => Promise<Storage>;
  /** A second storage on the same data, as of another process. */
  readonly another: () => Promise<Storage>;
  /** Closes everything opened here and removes the data. */
  readonly destroy: () => Promise<void>;
}

/** The document of the suite. */
export interface Note {
  readonly text: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
}

export const NOTES: CollectionSpec<Note> = {
  name: 'notes',
  indexes: { owner: (note) => note.owner, tag: (note) => note.tags },
};

/** What each test gets: its own store, with the collection of notes, at the instant `START`. */
export interface Bench extends OpenedStorage {
  readonly clock: MovableClock;
  readonly notes: Collection<Note>;
}

/** An ordinary instant, ms. */
export const START = Date.UTC(2027, 0, 15, 12);

/** Inserts and gives the version; fails the test when the id was taken. */
export async function inserted({ notes }: Pick<Bench, 'notes'>, id: string, value: Note): Promise<Version> {
  const version = await notes.insert(id, value);
  if (version === undefined) throw new Error(`the id ${id} was taken`);
  return version;
}

/**
 * @param open opens the same data every time
 * @param remove deletes the data; everything is closed by then
 */
export async function openedStorage(open: () => Promise<Storage>, remove: () => unknown): Promise<OpenedStorage> {
  const storage = await open();
  const opened = [storage];
  const another = async (): Promise<Storage> => {
    const further = await open();
    opened.push(further);
    return further;
  };
  const closeAll = async (): Promise<void> => {
    for (const one of opened) await one.close();
  };
  return {
    storage,
    another,
    reopen: async () => {
      await closeAll();
      return another();
    },
    destroy: async () => {
      await closeAll();
      await remove();
    },
  };
}
