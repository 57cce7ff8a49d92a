/**
 * Tries that are refused unseen since there were too many: the first is written at once, those of the next minute are counted and become one line. So whoever
 * goes on trying writes no more lines than minutes. `app/create-app.ts` puts it before the audit trail.
 */
import type { AuditEvent } from '../accounts/person.ts';

export interface CountedRefusals {
  note(event: AuditEvent): void;
  /** Writes what is counted. */
  flush(): void;
}

const windowMs = 60_000;
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
    const counted = counting.get(name);
    counting.delete(name);
    if (counted && counted.more > 0) note({ ...counted.last, facts: { more: counted.more, since: counted.first.at } });
  };
  const flush = (): void => {
    for (const name of counting.keys()) write(name);
  };
  return {
    note(event) {
      if (event.reason !== 'attempts_paused') {
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
