/**
 * The audit log: append-only, chained, each event once, the oldest segments dropped by age. Segments are numbered documents, and the number is the race: of all processes that append
 * at once one gets the next number, the others read what it wrote and go on behind it.
 */
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Clock } from '../time/clock.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';
import type { Collection, CollectionSpec, Storage } from '../adapters/storage/port.ts';
import { pendingIdsMade, pendingOrdinal } from '../accounts/pending-id.ts';
import {
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
import { createSealedHeadStore, type HeadWitness } from './sealed-head.ts';
import { verifyLines, verifyLog } from './verify-log.ts';

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
  /** Reads all that is kept, against the sealed head. @param known a line noted elsewhere, which must still be there as it was */
  verify(known?: { readonly line: number; readonly hash: string }): Promise<Verified>;
  /**
   * An administrator takes the log as it is for whole, though its sealed head knows of more: appends this line, then seals its end. Killed in between it is
   * done again. Nothing is changed where nothing is wrong, or where a line that is kept does not follow the one before. @returns what was wrong
   */
  accept(entry: Entry): Promise<{ readonly accepted: boolean; readonly found: Verified }>;
  /** Drops segments all of whose lines were written before this instant (ms), never the last one, and none while the log is shorter than its head; how many. Killed in the middle it goes on when called again. */
  dropBefore(instant: number): Promise<number>;
  /** Seals the head as it is now, where this process has appended; for the end of a process. Never rejects: the log may be longer than its head. */
  settle(): Promise<void>;
  /** Seals the head anew under the current root key; while another one is given (`app/reseal.ts`). */
  reseal(): Promise<{ readonly changed: number; readonly left: number }>;
}

export interface AuditTrailParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly secretBox: Pick<SecretBox, 'digest' | 'seal' | 'open' | 'isCurrent'>;
  readonly witness?: HeadWitness | undefined;
  readonly scheduler?: Scheduler;
}

/** Lines that one segment takes at most. */
const segmentLimit = 500;
const pageSize = 100;
const segmentId = (number: number): string => String(number).padStart(12, '0');

export const auditSegments: CollectionSpec<Segment> = {
  name: 'audit',
  indexes: { line: ({ lines }) => lines.map(({ id }) => id) },
};

const noValue = (): void => undefined;

/** ms after an append until the head is sealed: one write for all appends of that time. */
const sealAfter = 5_000;

export function createAuditTrail(parts: AuditTrailParts): AuditTrail {
  const { storage, clock, secretBox, scheduler = systemScheduler } = parts;
  const segments: Collection<Segment> = storage.collection(auditSegments);
  const recent = createRecentIds({ made: pendingIdsMade, ordinal: pendingOrdinal });
  const waiting: { readonly entry: Entry; readonly done: () => void; readonly failed: (error: unknown) => void }[] = [];
  let head: Head | undefined;
  let writing = false;
  const sealed = createSealedHeadStore({
    ...parts,
    isInLog: async ({ segment, seq, hash }) =>
      seq === 0 || ((await read(segment))?.lines ?? []).some((line) => line.seq === seq && line.hash === hash),
  });
  const mac = (text: string): string => secretBox.digest(text, 'audit chain');
  let cancelSeal: (() => void) | undefined;
  let sealing: Promise<void> = Promise.resolve();

  const seal = (): Promise<void> => {
    cancelSeal?.();
    cancelSeal = undefined;
    const last = head;
    // A failure costs nothing: the next append seals a later head.
    if (last) sealing = sealing.then(() => sealed.raise({ last })).then(noValue, noValue);
    return sealing;
  };

  const read = async (number: number) => (await segments.get(segmentId(number)))?.value;
  const learn = (segment: Segment): Head => {
    recent.add(segment.lines.map(({ id }) => id));
    head = headAfter(segment);
    return head;
  };

  /** The last line that was dropped by age; before the first line stands nothing. */
  const dropped = async (): Promise<Head> => {
    const known = await sealed.read();
    if (known === undefined && !(await segments.page({ limit: 1 })).items[0]) await sealed.begin();
    return known === undefined || known === 'unreadable' ? noHead : known.before;
  };

  /** The last segment, found by doubling and halving; numbers have no gaps. The sealed head of an empty log is there before its first line. */
  const findHead = async (): Promise<Head> => {
    const { segment: first } = await dropped();
    let [there, beyond, step] = [first, first + 1, 1];
    let last: Segment | undefined;
    const isThere = async (number: number) => {
      const segment = await read(number);
      if (segment) last = segment;
      return segment !== undefined;
    };
    while (await isThere(beyond)) [there, beyond, step] = [beyond, beyond + step, step * 2];
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
      const segment = nextSegment(mac, at, left, clock.now());
      if ((await segments.insert(segmentId(segment.number), segment)) !== undefined) {
        learn(segment);
        cancelSeal ??= scheduler.after(sealAfter, () => void seal());
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
    let [low, high] = [(await dropped()).segment + 1, last.segment];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const lastSeq = (await read(middle))?.lines.at(-1)?.seq ?? 0;
      if (lastSeq >= seq) high = middle;
      else low = middle + 1;
    }
    return low;
  };

  const append = async (entries: readonly Entry[]): Promise<void> => {
    const written = entries.map((entry) => new Promise<void>((done, failed) => waiting.push({ entry, done, failed })));
    void pump();
    await Promise.all(written);
  };
  const toVerify = { segments, sealed, mac, startId: segmentId };

  return {
    append,

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

    verify: (noted) => verifyLog(toVerify, noted),

    async accept(entry) {
      const found = await verifyLog(toVerify);
      if (found.ok || !(await verifyLines(toVerify)).ok) return { accepted: false, found };
      await append([entry]);
      return { accepted: await sealed.accept(await catchUp()), found };
    },

    async dropBefore(instant) {
      const known = await sealed.read();
      if (known === undefined || known === 'unreadable') return 0;
      const last = await catchUp();
      let { before } = known;
      for (let next = await read(before.segment + 1); next && next.number < last.segment;) {
        if (next.lines.some(({ writtenAt }) => writtenAt >= instant)) break;
        before = headAfter(next);
        next = await read(next.number + 1);
      }
      // First the sealed place where the kept part begins: killed behind it, the rest is removed by the next call.
      if (!(await sealed.raise({ last, before }))) return 0;
      let removed = 0;
      for (;;) {
        const { items } = await segments.page({ limit: pageSize });
        const old = items.filter(({ value }) => value.number <= before.segment);
        for (const { id } of old) if (await segments.remove(id)) removed += 1;
        if (old.length < pageSize) return removed;
      }
    },

    settle: () => (cancelSeal ? seal() : sealing),
    reseal: () => sealed.reseal(),
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
