import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openedStorage } from '../../../test/contracts/storage-bench.ts';
import { storageContract } from '../../../test/contracts/storage.ts';
import { openEmbedded } from './open-embedded.ts';

storageContract('embedded', (clock) => {
  const folder = mkdtempSync(join(tmpdir(), 'embedded-'));
  return openedStorage(
    () => openEmbedded({ file: join(folder, 'store.db'), clock }),
    () => rmSync(folder, { recursive: true }),
  );
});
