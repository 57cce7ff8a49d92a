/**
 * Drops audit lines older than `audit.retentionDays`, once a day; `sweeper.ts` calls it with every sweep of the leader.
 */
import type { Logger } from 'pino';
import type { AuditTrail } from '../audit/audit-log.ts';
import type { Clock } from '../time/clock.ts';

const day = 86_400_000;

export function createDropOldLines({
  audit,
  clock,
  log,
  retentionDays,
}: {
  readonly audit: Pick<AuditTrail, 'dropBefore'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly retentionDays: number;
}): () => Promise<void> {
  let nextAt = 0;
  return async () => {
    const now = clock.now();
    if (now < nextAt) return;
    nextAt = now + day;
    try {
      const segments = await audit.dropBefore(now - retentionDays * day);
      if (segments > 0) log.info({ event: 'audit.dropped', segments, retentionDays });
    } catch (error) {
      nextAt = 0;
      log.warn({ event: 'audit.drop-failed', err: error });
    }
  };
}
