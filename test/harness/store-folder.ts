/** A folder per test with an embedded store in it, for tests of what goes wrong around the file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { openEmbedded } from '../../adapters/storage/embedded/open-embedded.ts';
import type { EmbeddedOptions } from '../../adapters/storage/embedded/open-embedded.ts';
import { StorageUnavailable } from '../../adapters/storage/port.ts';
import type { Collection, Storage } from '../../adapters/storage/port.ts';

export interface Note {
  readonly text: string;
  readonly owner?: string;
}

export interface OpenedNotes {
  readonly storage: Storage;
  readonly notes: Collection<Note>;
}

export interface StoreFolder {
  /** Path of the folder, and of the store's file in it. */
  readonly at: { folder: string; file: string };
  /** Opens the store once more; it is closed with the test. */
  readonly open: (options?: Partial<EmbeddedOptions>) => Promise<OpenedNotes>;
  /** Leaves a closed store with the notes n0 … n99. */
  readonly fill: () => Promise<void>;
  readonly closeAll: () => Promise<void>;
}

export function storeFolder(): StoreFolder {
  const at = { folder: '', file: '' };
  let opened: Storage[] = [];

  const open = async (options: Partial<EmbeddedOptions> = {}): Promise<OpenedNotes> => {
    const storage = await openEmbedded({ file: at.file, clock: { now: () => 0 }, ...options });
    opened.push(storage);
    return { storage, notes: storage.collection<Note>({ name: 'notes', indexes: { owner: (note) => note.owner } }) };
  };
  const closeAll = async (): Promise<void> => {
    for (const storage of opened) await storage.close();
    opened = [];
  };

  beforeEach(() => {
    at.folder = mkdtempSync(join(tmpdir(), 'store-'));
    at.file = join(at.folder, 'store.db');
  });
  afterEach(async () => {
    await closeAll();
    rmSync(at.folder, { recursive: true, force: true });
  });
  return {
    at,
    open,
    closeAll,
    fill: async () => {
      const { notes } = await open();
      const ids = Array.from({ length: 100 }, (_, n) => n);
      await Promise.all(ids.map((n) => notes.insert(`n${n}`, { text: `${n} `.repeat(200), owner: `o${n % 10}` })));
      await closeAll();
    },
  };
}

/** The reason for which a call is refused, or what it did instead. */
export async function reason(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'answered';
  } catch (error) {
    return error instanceof StorageUnavailable ? error.reason : `threw ${String(error)}`;
  }
}
