/** Lines of one moment share one write: a sign-in's own three, and those of all sign-ins beside it. */
import { setTimeout } from 'node:timers/promises';
import type { AuditTrail } from './audit-trail.ts';

type Entries = Parameters<AuditTrail['append']>[0];

export interface GatheredAudit {
  /** Resolves when all are durable, at most `milliseconds` and one write later. */
  append(entries: Entries): Promise<void>;
  /** Writes what is gathered now and waits for all that is being written; of a failure those learn who appended. */
  flush(): Promise<void>;
}

export function gatherAudit(trail: Pick<AuditTrail, 'append'>, milliseconds: number): GatheredAudit {
  let gathered: Entries[number][] = [];
  let next: Promise<void> | undefined;
  let hurry = new AbortController();
  const underWay = new Set<Promise<void>>();

  const write = async (): Promise<void> => {
    await setTimeout(milliseconds, undefined, { signal: hurry.signal }).catch(() => undefined);
    const entries = gathered;
    gathered = [];
    next = undefined;
    hurry = new AbortController();
    await trail.append(entries);
  };
  const begin = (): Promise<void> => {
    const writing = write().finally(() => underWay.delete(writing));
    underWay.add(writing);
    return writing;
  };

  return {
    append(entries) {
      gathered.push(...entries);
      return (next ??= begin());
    },
    async flush() {
      hurry.abort();
      await Promise.allSettled(underWay);
    },
  };
}
