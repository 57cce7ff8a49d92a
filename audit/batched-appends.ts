/** Lines of one moment share one write: a sign-in's own few, and those of all sign-ins beside it. */
import { setTimeout } from 'node:timers/promises';
import type { AuditTrail } from './audit-log.ts';

type Entries = Parameters<AuditTrail['append']>[0];

export interface BatchedAppends {
  /** Resolves when all are durable, at most `milliseconds` and one write later. */
  append(entries: Entries): Promise<void>;
  /** For what is worth a line but no write: goes with the next one, or by itself some seconds later. */
  appendPatiently(entries: Entries): Promise<void>;
  /** Writes what is gathered now and waits for all that is being written; of a failure those learn who appended. */
  flush(): Promise<void>;
}

const patience = 10_000;

const passing = (time: number, { signal }: AbortController): Promise<void> =>
  setTimeout(time, undefined, { signal }).catch(() => undefined);

export function batchAppends(trail: Pick<AuditTrail, 'append'>, milliseconds: number): BatchedAppends {
  let gathered: Entries[number][] = [];
  let next: Promise<void> | undefined;
  let hurry = new AbortController();
  /** Whether the next write waits for no more than a moment. */
  let isNear = false;
  const underWay = new Set<Promise<void>>();

  const write = async (time: number): Promise<void> => {
    await passing(time, hurry);
    const entries = gathered;
    gathered = [];
    next = undefined;
    hurry = new AbortController();
    isNear = false;
    await trail.append(entries);
  };
  const begin = (time: number): Promise<void> => {
    const writing = write(time).finally(() => underWay.delete(writing));
    underWay.add(writing);
    return writing;
  };

  return {
    append(entries) {
      gathered.push(...entries);
      if (next && !isNear) {
        const waiting = hurry;
        void passing(milliseconds, waiting).then(() => waiting.abort());
      }
      isNear = true;
      return (next ??= begin(milliseconds));
    },
    appendPatiently(entries) {
      gathered.push(...entries);
      return (next ??= begin(patience));
    },
    async flush() {
      hurry.abort();
      await Promise.allSettled(underWay);
    },
  };
}
