/**
 * Combines audit events of one moment into one write: the few events of a sign-in, and those of sign-ins at the same
 * time.
 */
import { setTimeout } from 'node:timers/promises';
import type { AuditTrail } from './audit-log.ts';

type Entries = Parameters<AuditTrail['append']>[0];

export interface BatchedAppends {
  /** Resolves when all are durable, at most `milliseconds` and one write later. */
  append(entries: Entries): Promise<void>;
  /** For an event that is not worth a write of its own: joins the next write, or is written some seconds later. */
  appendPatiently(entries: Entries): Promise<void>;
  /** Writes what is collected, and waits for all running writes; only the callers of `append` learn of a failure. */
  flush(): Promise<void>;
}

const patience = 10_000;

const passing = (time: number, { signal }: AbortController): Promise<void> =>
  setTimeout(time, undefined, { signal }).catch(() => undefined);

export function batchAppends(trail: Pick<AuditTrail, 'append'>, milliseconds: number): BatchedAppends {
  let gathered: Entries[number][] = [];
  let next: Promise<void> | undefined;
  let hurry = new AbortController();
  /** Whether the next write is due within a moment. */
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
