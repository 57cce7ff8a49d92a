/**
 * The audit log: append-only, chained, each event once, the oldest segments dropped by age. Segments are numbered
 * documents, and inserting the next number decides the race: of all processes that append at once one gets it, and the
 * others read its segment and append after it.
 */
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Clock } from '../time/clock.ts';
import { inParallel } from '../time/in-parallel.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';
import { pendingIdsMade, pendingOrdinal } from '../accounts/pending-id.ts';
import {
  headAfter,
  nextSegment,
  type AuditLine,
  type ChainMac,
  type Entry,
  type Head,
  type Segment,
  type Verified,
} from './hash-chain.ts';
import { createRecentIds } from './known-ids.ts';
import { catchUp, findHead, learn, readSegment, segmentId, segmentOf, type KnownLog } from './log-head.ts';
import { createSealedHeadStore, type HeadWitness } from './sealed-head.ts';
import { verifyLines, verifyLog } from './verify-log.ts';

export interface AuditFilter {
  readonly person?: string;
  readonly factor?: string;
  readonly actor?: string;
  /** The whole action or its noun: `key` includes `key.on` and `key.off`. */
  readonly action?: string;
  /** First instant (ms). */
  readonly since?: number;
  /** First instant (ms) that is no longer included. */
  readonly until?: number;
}

export interface AuditTrail {
  /**
   * Resolves when all events are durable. Events that are in the log already, by id, are left out; calling again after
   * an error is safe. Calls during another write share the next segment.
   */
  append(entries: readonly Entry[]): Promise<void>;
  /** Up to `limit` lines in order of their number: the first after `after` or, without it, the newest. */
  list(options: {
    readonly after?: number;
    readonly limit: number;
    readonly filter?: AuditFilter;
  }): Promise<readonly AuditLine[]>;
  /**
   * Up to `limit` segments with a higher number than this one, in order: for a reader of the whole log, who goes on
   * later.
   */
  segmentsAfter(number: number, limit: number): Promise<readonly Segment[]>;
  /**
   * Reads all that is kept and checks it against the sealed head. @param known a line noted elsewhere, which must still
   * be in the log unchanged
   */
  verify(known?: { readonly line: number; readonly hash: string }): Promise<Verified>;
  /**
   * An administrator accepts a log that is shorter than its sealed head: appends this line, then seals its end. After a
   * crash in between, do it again. Changes nothing if nothing is wrong, or if a kept line does not follow the one
   * before. @returns what was wrong
   */
  accept(entry: Entry): Promise<{ readonly accepted: boolean; readonly found: Verified }>;
  /**
   * Drops segments whose lines are all older than this instant (ms), never the last one, and none while the log is
   * shorter than its head; returns how many. After a crash, call it again.
   */
  dropBefore(instant: number): Promise<number>;
  /**
   * Seals the present head if this process has appended; call it at the end of a process. Never rejects: the log may be
   * longer than its head.
   */
  settle(): Promise<void>;
  /** Seals the head again under the current root key, while another one is configured (`app/reseal.ts`). */
  reseal(): Promise<{ readonly changed: number; readonly left: number }>;
}

export interface AuditTrailParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly secretBox: Pick<SecretBox, 'digest' | 'seal' | 'open' | 'isCurrent'>;
  readonly witness?: HeadWitness | undefined;
  readonly scheduler?: Scheduler;
}

/** The most lines of one segment. */
const segmentLimit = 500;
const pageSize = 100;
/** How many lines are looked up at once. */
const askedAtOnce = 32;

export const auditSegments: CollectionSpec<Segment> = {
  name: 'audit',
  indexes: { line: ({ lines }) => lines.map(({ id }) => id) },
};

/** ms after an append until the head is sealed: one write for all appends of that time. */
const sealAfter = 5_000;

interface Waiting {
  readonly entry: Entry;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

interface Context extends KnownLog {
  readonly mac: ChainMac;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly waiting: Waiting[];
  writing: boolean;
  cancelSeal: (() => void) | undefined;
  sealing: Promise<void>;
}

export function createAuditTrail(parts: AuditTrailParts): AuditTrail {
  const context = contextOf(parts);
  const { sealed } = context;
  const toVerify = { ...context, startId: segmentId };
  return {
    append: (entries) => append(context, entries),
    list: (options) => list(context, options),
    async segmentsAfter(number, limit) {
      const { items } = await context.segments.page({ after: segmentId(Math.max(0, number)), limit });
      return items.map(({ value }) => value);
    },
    verify: (noted) => verifyLog(toVerify, noted),
    async accept(entry) {
      const found = await verifyLog(toVerify);
      if (found.ok || !(await verifyLines(toVerify)).ok) return { accepted: false, found };
      await append(context, [entry]);
      return { accepted: await sealed.accept(await catchUp(context)), found };
    },
    dropBefore: (instant) => dropBefore(context, instant),
    settle: () => (context.cancelSeal ? seal(context) : context.sealing),
    reseal: () => sealed.reseal(),
  };
}

function contextOf(parts: AuditTrailParts): Context {
  const { storage, clock, secretBox, scheduler = systemScheduler } = parts;
  const segments = storage.collection(auditSegments);
  return {
    segments,
    recent: createRecentIds({ made: pendingIdsMade, ordinal: pendingOrdinal }),
    sealed: createSealedHeadStore({
      ...parts,
      isInLog: async ({ segment, seq, hash }) =>
        seq === 0 ||
        ((await readSegment({ segments }, segment))?.lines ?? []).some(
          (line) => line.seq === seq && line.hash === hash,
        ),
    }),
    mac: (text) => secretBox.digest(text, 'audit chain'),
    clock,
    scheduler,
    waiting: [],
    writing: false,
    head: undefined,
    cancelSeal: undefined,
    sealing: Promise.resolve(),
  };
}

function seal(context: Context): Promise<void> {
  context.cancelSeal?.();
  context.cancelSeal = undefined;
  const { head: last, sealed } = context;
  // A failure has no consequence: the next append seals a later head.
  if (last) context.sealing = context.sealing.then(() => sealed.raise({ last })).then(noValue, noValue);
  return context.sealing;
}

const noValue = (): void => undefined;

async function append(context: Context, entries: readonly Entry[]): Promise<void> {
  const { waiting } = context;
  const written = entries.map((entry) => new Promise<void>((done, failed) => waiting.push({ entry, done, failed })));
  void pump(context);
  await Promise.all(written);
}

async function pump(context: Context): Promise<void> {
  if (context.writing) return;
  context.writing = true;
  while (context.waiting.length > 0) {
    const batch = context.waiting.splice(0, segmentLimit);
    try {
      await write(
        context,
        batch.map(({ entry }) => entry),
      );
      for (const { done } of batch) done();
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
  }
  context.writing = false;
}

const isThere = async ({ recent, segments }: Context, id: string): Promise<boolean> =>
  recent.has(id) || (!recent.knowsAllSince(id) && (await segments.findBy('line', id, 1)).length > 0);

async function write(context: Context, entries: readonly Entry[]): Promise<void> {
  const { segments, recent, mac, clock, scheduler } = context;
  // Reads the head first, the ids after it: what another process appends in between comes after this head, and takes
  // the number that we try.
  let at = context.head ?? (await findHead(context));
  const known = new Set<string>();
  await inParallel(entries, askedAtOnce, async ({ id }) => {
    if (await isThere(context, id)) known.add(id);
  });
  const missing = new Map(entries.filter(({ id }) => !known.has(id)).map((entry) => [entry.id, entry] as const));
  for (;;) {
    const left = [...missing.values()].filter(({ id }) => !recent.has(id));
    if (left.length === 0) return;
    const segment = nextSegment(mac, at, left, clock.now());
    if ((await segments.insert(segmentId(segment.number), segment)) !== undefined) {
      learn(context, segment);
      context.cancelSeal ??= scheduler.after(sealAfter, () => void seal(context));
      return;
    }
    const taken = await readSegment(context, segment.number);
    if (!taken) {
      context.head = undefined;
      return write(context, entries);
    }
    at = learn(context, taken);
  }
}

async function list(
  context: Context,
  { after, limit, filter = {} }: Parameters<AuditTrail['list']>[0],
): Promise<readonly AuditLine[]> {
  const last = await catchUp(context);
  const found: AuditLine[] = [];
  const linesOf = async (number: number): Promise<readonly AuditLine[]> =>
    ((await readSegment(context, number))?.lines ?? []).filter((line) => matches(line, filter));
  if (after === undefined) {
    for (let number = last.segment; number > 0 && found.length < limit; number -= 1)
      found.unshift(...(await linesOf(number)));
    return found.slice(Math.max(0, found.length - limit));
  }
  const first = await segmentOf(context, after + 1, last);
  for (let number = first; number <= last.segment && found.length < limit; number += 1)
    found.push(...(await linesOf(number)).filter(({ seq }) => seq > after));
  return found.slice(0, limit);
}

async function dropBefore(context: Context, instant: number): Promise<number> {
  const { sealed } = context;
  const known = await sealed.read();
  if (known === undefined || known === 'unreadable') return 0;
  const last = await catchUp(context);
  let { before } = known;
  for (let next = await readSegment(context, before.segment + 1); next && next.number < last.segment;) {
    if (next.lines.some(({ writtenAt }) => writtenAt >= instant)) break;
    before = headAfter(next);
    next = await readSegment(context, next.number + 1);
  }
  // Seals first where the kept part begins: after a crash the next call removes the rest.
  return (await sealed.raise({ last, before })) ? removeUpTo(context, before) : 0;
}

/** Removes segments up to this head's; returns how many. */
async function removeUpTo({ segments }: Context, { segment }: Head): Promise<number> {
  let removed = 0;
  for (;;) {
    const { items } = await segments.page({ limit: pageSize });
    const old = items.filter(({ value }) => value.number <= segment);
    for (const { id } of old) if (await segments.remove(id)) removed += 1;
    if (old.length < pageSize) return removed;
  }
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
