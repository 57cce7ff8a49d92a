/**
 * Writes audit events of the server: events of one moment share a write, events that the store refused are tried again,
 * and refusals that anybody can cause are counted. `create-app.ts` starts and stops it.
 */
import type { AuditEvent } from '../accounts/person.ts';
import { newPendingId } from '../accounts/person-store.ts';
import type { Services } from '../admin/services.ts';
import { batchAppends, type BatchedAppends } from '../audit/batched-appends.ts';
import { createCountedRefusals } from '../audit/counted-refusals.ts';
import { createRetriedAppends, type RetriedAppends } from '../audit/retried-appends.ts';

export interface AuditWriter {
  readonly lines: BatchedAppends;
  /** Writes an event soon; never rejects. */
  readonly note: (event: AuditEvent) => void;
  /** Writes an event together with a later one. */
  readonly mention: (event: AuditEvent) => void;
  /** Writes the refusals counted so far. */
  flushRefusals(): void;
  /** Tries once more to write what the store refused. */
  stop(): Promise<void>;
}

const gatheredMs = 150;

export function createAuditWriter({ audit, log }: Pick<Services, 'audit' | 'log'>): AuditWriter {
  const lines = batchAppends(audit, gatheredMs);
  const retried = createRetriedAppends({ log });
  const refusals = createCountedRefusals(noteWith(retried, (entries) => lines.append(entries)));
  return {
    lines,
    note: (event) => refusals.note(event),
    mention: noteWith(retried, (entries) => lines.appendPatiently(entries)),
    flushRefusals: () => refusals.flush(),
    stop: () => retried.stop(),
  };
}

const noteWith =
  (retried: RetriedAppends, append: BatchedAppends['append']) =>
  (event: AuditEvent): void => {
    retried.note(append, [{ id: newPendingId(), event }]);
  };
