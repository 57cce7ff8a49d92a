/**
 * Housekeeping of the leader, once a minute: deletes expired documents, batch after batch until one is not full, so
 * that it keeps up with new ones; and drops old audit lines. `create-app.ts` starts and stops it.
 */
import type { Storage } from '../adapters/storage/port.ts';
import type { Services } from '../admin/services.ts';
import { createDropOldLines } from './drop-old-lines.ts';

const every = 60_000;
/** Documents in one batch: small, so that other writes do not wait longer than usual. */
const batch = 500;

/** One round: batch after batch. Returns how many documents were deleted. */
export async function sweepAll(storage: Pick<Storage, 'sweep'>, goesOn: () => boolean, size = batch): Promise<number> {
  let all = 0;
  while (goesOn()) {
    const swept = await storage.sweep(size);
    all += swept;
    if (swept < size) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return all;
}

export function createSweeper({
  storage,
  audit,
  clock,
  log,
  settings,
  isLeader,
}: Pick<Services, 'storage' | 'audit' | 'clock' | 'log' | 'settings'> & {
  /** Whether this process is the leader. */
  readonly isLeader: () => boolean;
}): { start(): void; stop(): Promise<void> } {
  const dropOldLines = createDropOldLines({ audit, clock, log, retentionDays: settings.audit.retentionDays });
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> | undefined;
  let stopped = false;
  const sweep = (): void => {
    if (!isLeader()) return;
    running ??= sweepAll(storage, () => !stopped && isLeader())
      .catch((error: unknown) => log.warn({ event: 'sweep.failed', err: error }))
      .finally(() => (running = undefined));
    void dropOldLines();
  };
  return {
    start() {
      timer = setInterval(sweep, every).unref();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
