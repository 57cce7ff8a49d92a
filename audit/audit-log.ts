/**
 * The audit trail: append-only, chained, each event once. Segments are numbered documents, and the number is the race: of all processes that append
 * at once one gets the next number, the others read what it wrote and go on behind it.
 */
import type { Clock } from '../time/clock.ts';
import type { Collection, CollectionSpec, Storage } from '../adapters/storage/port.ts';
import { pendingIdsMade, pendingOrdinal } from '../accounts/pending-id.ts';
import {
  follow,
  headAfter,
  nextSegment,
  noHead,
  type AuditLine,
  type Entry,
  type Head,
  type Segment,
  type Verified,
} from './hash-chain.ts';
import { createRecentIds } from './known-ids.ts';

export interface AuditFilter {
  readonly person?: string;
  readonly factor?: string;
  readonly actor?: string;
  /** The whole action or its noun: `key` takes `key.on` and `key.off`. */
  readonly action?: string;
  /** First instant (ms). */
  readonly since?: number;
  /** First instant (ms) no longer taken. */
  readonly until?: number;
}

export interface AuditTrail {
  /**
   * Resolves when all are durable. What is there already, by its id, is left out; calling again after an error is safe. Calls made while another one
   * is being written share the next segment.
   */
  append(entries: readonly Entry[]): Promise<void>;
  /** Up to `limit` lines in order of their number: the first ones behind `after` or, without it, the newest. */
  list(options: {
    readonly after?: number;
    readonly limit: number;
    readonly filter?: AuditFilter;
  }): Promise<readonly AuditLine[]>;
  /** Reads the whole trail. @param known a line noted elsewhere, which must still be there as it was */
  verify(known?: { readonly line: number; readonly hash: string }): Promise<Verified>;
}

/** Lines that one segment takes at most. */
const segmentLimit = 500;
const pageSize = 100;
const segmentId = (number: number): string => String(number).padStart(12, '0');

export const auditSegments: CollectionSpec<Segment> = {
  name: 'audit',
  indexes: { line: ({ lines }) => lines.map(({ id }) => id) },
};

export function createAuditTrail({ storage, clock }: { readonly storage: Storage; readonly clock: Clock }): AuditTrail {
  const segments: Collection<Segment> = storage.collection(auditSegments);
  const recent = createRecentIds({ made: pendingIdsMade, ordinal: pendingOrdinal });
  const waiting: { readonly entry: Entry; readonly done: () => void; readonly failed: (error: unknown) => void }[] = [];
  let head: Head | undefined;
  let writing = false;

  const read = async (number: number) => (await segments.get(segmentId(number)))?.value;
  const learn = (segment: Segment): Head => {
    recent.add(segment.lines.map(({ id }) => id));
    head = headAfter(segment);
    return head;
  };

  /** The last segment, found by doubling and halving; numbers have no gaps. */
  const findHead = async (): Promise<Head> => {
    let [there, beyond] = [0, 1];
    let last: Segment | undefined;
    const isThere = async (number: number) => {
      const segment = await read(number);
      if (segment) last = segment;
      return segment !== undefined;
    };
    while (await isThere(beyond)) [there, beyond] = [beyond, beyond * 2];
    while (beyond - there > 1) {
      const middle = Math.floor((there + beyond) / 2);
      if (await isThere(middle)) there = middle;
      else beyond = middle;
    }
    // Only now: what was made before this moment may stand in a segment that was not looked at.
    recent.begin();
    head = last ? learn(last) : noHead;
    return head;
  };

  /** The newest head, with what other processes wrote meanwhile. */
  const catchUp = async (): Promise<Head> => {
    let at = head ?? (await findHead());
    for (let next = await read(at.segment + 1); next; next = await read(at.segment + 1)) at = learn(next);
    return at;
  };

  const isThere = async (id: string): Promise<boolean> =>
    recent.has(id) || (!recent.knowsAllSince(id) && (await segments.findBy('line', id, 1)).length > 0);

  const write = async (entries: readonly Entry[]): Promise<void> => {
    // The head first, the ids after: what somebody appends in between stands behind this head, and takes the number that we try.
    let at = head ?? (await findHead());
    const missing = new Map<string, Entry>();
    for (const entry of entries) if (!(await isThere(entry.id))) missing.set(entry.id, entry);
    for (;;) {
      const left = [...missing.values()].filter(({ id }) => !recent.has(id));
      if (left.length === 0) return;
      const segment = nextSegment(at, left, clock.now());
      if ((await segments.insert(segmentId(segment.number), segment)) !== undefined) {
        learn(segment);
        return;
      }
      const taken = await read(segment.number);
      if (!taken) {
        head = undefined;
        return write(entries);
      }
      at = learn(taken);
    }
  };

  const pump = async (): Promise<void> => {
    if (writing) return;
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, segmentLimit);
      try {
        await write(batch.map(({ entry }) => entry));
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    writing = false;
  };

  /** The segment that holds line `seq`, or the first behind it. */
  const segmentOf = async (seq: number, last: Head): Promise<number> => {
    let [low, high] = [1, last.segment];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const lastSeq = (await read(middle))?.lines.at(-1)?.seq ?? 0;
      if (lastSeq >= seq) high = middle;
      else low = middle + 1;
    }
    return low;
  };

  return {
    async append(entries) {
      const written = entries.map(
        (entry) => new Promise<void>((done, failed) => waiting.push({ entry, done, failed })),
      );
      void pump();
      await Promise.all(written);
    },

    async list({ after, limit, filter = {} }) {
      const last = await catchUp();
      const found: AuditLine[] = [];
      if (after === undefined) {
        for (let number = last.segment; number > 0 && found.length < limit; number -= 1) {
          const lines = (await read(number))?.lines ?? [];
          found.unshift(...lines.filter((line) => matches(line, filter)));
        }
        return found.slice(Math.max(0, found.length - limit));
      }
      for (let number = await segmentOf(after + 1, last); number <= last.segment && found.length < limit; number += 1) {
        const lines = (await read(number))?.lines ?? [];
        found.push(...lines.filter((line) => line.seq > after && matches(line, filter)));
      }
      return found.slice(0, limit);
    },

    async verify(known) {
      let at = noHead;
      let knownSeen = known === undefined;
      let from: string | undefined;
      do {
        const { items, next } = await segments.page({
          limit: pageSize,
          ...(from === undefined ? {} : { after: from }),
        });
        for (const { value } of items) {
          const followed = follow(at, value);
          if ('why' in followed) return { ok: false, ...followed };
          at = followed;
          if (known && value.lines.some(({ seq, hash }) => seq === known.line && hash === known.hash)) knownSeen = true;
        }
        from = next;
      } while (from !== undefined);
      if (!knownSeen && known) return { ok: false, line: Math.min(known.line, at.seq + 1), why: 'head_differs' };
      return { ok: true, entries: at.seq, head: at.hash };
    },
  };
}

function matches({ event }: AuditLine, { person, factor, actor, action, since, until }: AuditFilter): boolean {
  return (
    (person === undefined || event.person === person) &&
    (factor === undefined || event.factor === factor) &&
    (actor === undefined || event.actor === actor) &&
    (action === undefined || event.action === action || event.action.startsWith(`${action}.`)) &&
    (since === undefined || event.at >= since) &&
    (until === undefined || event.at < until)
  );
}
