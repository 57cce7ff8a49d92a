/**
 * Tries that are refused unseen since there were too many, or come from a key of nobody: the first is written at once, those of the next minute are counted and become one line. So whoever
 * goes on trying writes no more lines than minutes. `app/create-app.ts` puts it before the audit trail.
 */
import type { AuditEvent } from '../accounts/person.ts';

export interface CountedRefusals {
  note(event: AuditEvent): void;
  /** Writes what is counted. */
  flush(): void;
}

const windowMs = 60_000;
/** What anybody can have written as often as they like: tries that are not looked at, and keys of nobody. */
const counted: ReadonlySet<AuditEvent['reason']> = new Set(['attempts_paused', 'device_unknown'] as const);
/** Different ones counted at a time: more are written down early, as one line each. */
const kept = 1_000;

interface Counting {
  readonly first: AuditEvent;
  readonly last: AuditEvent;
  readonly more: number;
}

const nameOf = ({ action, person, factor, key, client, reason }: AuditEvent): string =>
  JSON.stringify([action, person, factor, key, client, reason]);

export function createCountedRefusals(note: (event: AuditEvent) => void): CountedRefusals {
  const counting = new Map<string, Counting>();
  const write = (name: string): void => {
    const one = counting.get(name);
    counting.delete(name);
    if (one && one.more > 0) note({ ...one.last, facts: { more: one.more, since: one.first.at } });
  };
  const flush = (): void => {
    for (const name of counting.keys()) write(name);
  };
  return {
    note(event) {
      if (!counted.has(event.reason)) {
        note(event);
        return;
      }
      for (const [name, { first }] of counting) if (event.at >= first.at + windowMs) write(name);
      const name = nameOf(event);
      const before = counting.get(name);
      if (before) {
        counting.set(name, { ...before, last: event, more: before.more + 1 });
        return;
      }
      if (counting.size >= kept) flush();
      counting.set(name, { first: event, last: event, more: 0 });
      note(event);
    },
    flush,
  };
}
