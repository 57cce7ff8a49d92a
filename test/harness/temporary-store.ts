/** A store of its own, gone with the test: the embedded one in a folder, or on the MongoDB server of this run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../time/clock.ts';
import { openEmbedded } from '../../adapters/storage/embedded/open-embedded.ts';
import { openMongodb } from '../../adapters/storage/mongodb/open-mongodb.ts';
import type { Storage } from '../../adapters/storage/port.ts';
import { ownDatabase } from './test-storage.ts';

export interface TemporaryStore {
  readonly storage: Storage;
  readonly folder: string;
  readonly file: string;
  /** For another process: the file, or the address of the MongoDB database. */
  readonly address: string;
  /** The same data opened once more, as another process would. */
  again(): Promise<Storage>;
  close(): Promise<void>;
}

export async function temporaryStore(clock: Clock = systemClock): Promise<TemporaryStore> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-test-'));
  const file = join(folder, 'rekey.sqlite');
  const database = await ownDatabase();
  const opened: Storage[] = [];
  const again = async () => {
    const storage = database
      ? await openMongodb({ uri: database.uri, clock, doesServerExpire: false })
      : await openEmbedded({ file, clock });
    opened.push(storage);
    return storage;
  };
  return {
    storage: await again(),
    folder,
    file,
    address: database?.uri ?? file,
    again,
    async close() {
      for (const storage of opened) await storage.close();
      await database?.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
