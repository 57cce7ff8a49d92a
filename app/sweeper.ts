/** Housekeeping of the leader, once a minute: expired documents go, and old lines of the audit log. `create-app.ts` starts and stops it. */
import type { Services } from '../admin/services.ts';
import { createDropOldLines } from './drop-old-lines.ts';

const every = 60_000;
const atOnce = 2_000;

export function createSweeper({
  storage,
  audit,
  clock,
  log,
  settings,
  held,
}: Pick<Services, 'storage' | 'audit' | 'clock' | 'log' | 'settings'> & {
  /** Whether this process is the leader. */
  readonly held: () => boolean;
}): { start(): void; stop(): void } {
  const dropOldLines = createDropOldLines({ audit, clock, log, retentionDays: settings.audit.retentionDays });
  let timer: NodeJS.Timeout | undefined;
  const sweep = (): void => {
    if (!held()) return;
    void storage.sweep(atOnce).catch((error: unknown) => log.warn({ event: 'sweep.failed', err: error }));
    void dropOldLines();
  };
  return {
    start() {
      timer = setInterval(sweep, every).unref();
    },
    stop: () => clearInterval(timer),
  };
}
