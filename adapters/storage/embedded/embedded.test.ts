import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storageContract } from '../../../test/contracts/storage.ts';
import type { Storage } from '../port.ts';
import { openEmbedded } from './open-embedded.ts';

storageContract('embedded', async (clock) => {
  const folder = mkdtempSync(join(tmpdir(), 'embedded-'));
  const open = (): Promise<Storage> => openEmbedded({ file: join(folder, 'store.db'), clock });
  const opened = [await open()];
  const another = async (): Promise<Storage> => {
    const storage = await open();
    opened.push(storage);
    return storage;
  };
  const closeAll = async (): Promise<void> => {
    for (const storage of opened) await storage.close();
  };
  return {
    storage: opened[0] as Storage,
    another,
    reopen: async () => {
      await closeAll();
      return another();
    },
    destroy: async () => {
      await closeAll();
      rmSync(folder, { recursive: true });
    },
  };
});
