/**
 * Counts refusals that anybody can cause: tries that are not judged, and answers of unknown keys. The first is written at
 * once; those of the next minute are counted and become one line. So an attacker writes at most one line a minute.
 * `app/audit-writer.ts` puts it before the audit log.
 */
import type { AuditEvent } from '../accounts/person.ts';

export interface CountedRefusals {
  note(event: AuditEvent): void;
  /** Writes the counts. */
  flush(): void;
}

const windowMs = 60_000;
/**
 * Refusals that anybody can cause as often as they like: tries that are not judged and so not counted, unknown keys and
 * unknown codes.
 */
const counted: ReadonlySet<AuditEvent['reason']> = new Set([
  'attempts_paused',
  'code_malformed',
  'code_replaced',
  'key_blocked',
  'device_unknown',
  'user_code_unknown',
] as const);
/** The most different refusals counted at a time; beyond it some are written early, as one line each. */
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
