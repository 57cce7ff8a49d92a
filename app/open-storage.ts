/** Opens the store of a deployment. Each implementation is loaded only if it is used. */
import type { Logger } from 'pino';
import type { Clock } from '../time/clock.ts';
import type { Storage } from '../adapters/storage/port.ts';
import type { StorageSettings } from '../config/storage-schema.ts';
import { defined } from '../accounts/defined.ts';

/** Rejects with `StorageUnavailable`, whose message is the line to show. */
export async function openStorage(
  { embedded, mongodb }: StorageSettings,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<Storage> {
  if (embedded) {
    const { openEmbedded } = await import('../adapters/storage/embedded/open-embedded.ts');
    return openEmbedded({ file: embedded.file, clock, log });
  }
  const { openMongodb } = await import('../adapters/storage/mongodb/open-mongodb.ts');
  const { uri, database, pool, timeoutSeconds, ca, certificate, serverExpiry } = mongodb;
  return openMongodb({
    uri,
    pool,
    clock,
    log,
    timeout: timeoutSeconds * 1000,
    doesServerExpire: serverExpiry,
    ...defined({ database, ca, certificate }),
  });
}
