/**
 * Folds the audit log into daily figures: from the mark on, in slices, each segment once. The days are written first
 * and the mark after them; killed in between, the same slice is read again and adds nothing twice, since each day says
 * up to which segment it was counted. Run by the leader (`figure-job.ts`) and by commands that show figures.
 */
import type { Storage } from '../adapters/storage/port.ts';
import type { FactorId } from '../factors/contract.ts';
import type { Day } from '../time/calendar.ts';
import type { AuditTrail } from './audit-log.ts';
import { dayReader, happenedIn, type Reading, type Slice } from './figures.ts';
import { createFigureStore, type DayFigures, type FigureMark, type FigureStore } from './figure-store.ts';
import { headAfter, type Segment } from './hash-chain.ts';
import { rebuildFigures, type Rebuilt } from './rebuild-figures.ts';

export interface FoldOptions {
  /** Asked before each slice; `false` makes it reject with `FoldingStopped`. Default: to the end. */
  readonly goesOn?: () => boolean;
  /** Between slices: requests are served meanwhile. */
  readonly rest?: () => Promise<void>;
}

/** It was told not to go on: what was counted stays, and it goes on from there. */
export class FoldingStopped extends Error {
  override readonly name = 'FoldingStopped';
}

export interface Folded {
  /** Lines of the log that were read. */
  readonly lines: number;
  /** Set where the figures had to be computed anew: of another log, or in another zone than the mark says. */
  readonly rebuilt?: Rebuilt;
}

export interface Figures {
  /** In which the days are meant. */
  zone(): Promise<string>;
  /** Counts what is new in the log. Rejects with `StorageUnavailable`: called again it goes on. */
  fold(options?: FoldOptions): Promise<Folded>;
  /** Computes all anew from the log, and corrects what differs. */
  rebuild(options?: FoldOptions): Promise<Rebuilt>;
  /**
   * What was counted of a factor, in order of the days. @param from first day; absent: from the beginning @param to
   * last day
   */
  daysOf(factor: FactorId, from: Day | undefined, to: Day): Promise<readonly DayFigures[]>;
}

export interface FigureParts {
  readonly storage: Pick<Storage, 'collection'>;
  readonly audit: Pick<AuditTrail, 'segmentsAfter'>;
  readonly zone: () => Promise<string>;
  readonly isFallback: Reading['isFallback'];
}

/** Lines of one slice, about: some milliseconds of work. */
const sliceLines = 1_000;
const mostSegments = 200;
const serveOthers = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function createFigures(parts: FigureParts): Figures {
  const store = createFigureStore(parts.storage);
  const rebuild = async (options: FoldOptions = {}, isForeign = false): Promise<Rebuilt> => {
    const zone = await parts.zone();
    return rebuildFigures({ store, zone, isForeign, slices: (after) => slicesOf(parts, zone, after, options) });
  };
  const fold = (options?: FoldOptions) => foldOn(parts, store, rebuild, options);
  return {
    zone: parts.zone,
    fold,
    async rebuild(options) {
      const { rebuilt } = await fold(options);
      return rebuilt ?? rebuild(options);
    },
    daysOf: (factor, from, to) => store.daysOf(factor, from, to),
  };
}

async function foldOn(
  parts: FigureParts,
  store: FigureStore,
  rebuild: (options: FoldOptions, isForeign: boolean) => Promise<Rebuilt>,
  options: FoldOptions = {},
): Promise<Folded> {
  const zone = await parts.zone();
  const mark = await store.mark();
  if (mark && (mark.value.zone !== zone || !(await isOfThisLog(parts, mark.value)))) {
    const rebuilt = await rebuild(options, true);
    return { lines: rebuilt.lines, rebuilt };
  }
  let lines = 0;
  let version = mark?.version;
  for await (const { happened, end, lines: more } of slicesOf(parts, zone, mark?.value.segment ?? 0, options)) {
    await store.add(happened, end.segment);
    version = await store.setMark({ segment: end.segment, hash: end.hash, zone }, version);
    // Another process counts too, and goes on.
    if (version === undefined) break;
    lines += more;
  }
  return { lines };
}

/** A log that was cut or put back has other lines behind the mark, or none. */
async function isOfThisLog({ audit }: FigureParts, { segment, hash }: FigureMark): Promise<boolean> {
  const [found] = await audit.segmentsAfter(segment - 1, 1);
  if (!found) return false;
  return found.number > segment || headAfter(found).hash === hash;
}

/** The log behind a segment, in slices that take a moment each. */
async function* slicesOf(
  { audit, isFallback }: FigureParts,
  zone: string,
  after: number,
  { goesOn = () => true, rest = serveOthers }: FoldOptions,
): AsyncGenerator<Slice, void> {
  const reading = { dayOf: dayReader(zone), isFallback };
  let at = after;
  let limit = 4;
  for (;;) {
    if (!goesOn()) throw new FoldingStopped('Folding was stopped.');
    const segments = await audit.segmentsAfter(at, limit);
    const [first, last] = [segments[0], segments.at(-1)];
    if (!first || !last) return;
    const lines = segments.reduce((sum, segment) => sum + segment.lines.length, 0);
    yield {
      happened: segments.flatMap((segment) => happenedIn(segment, reading)),
      lines,
      end: headAfter(last),
      begins: writtenAt(first),
    };
    at = last.number;
    limit = Math.min(mostSegments, Math.max(1, Math.round((sliceLines * segments.length) / lines)));
    await rest();
  }
}

const writtenAt = ({ lines: [first] }: Segment): number => first?.writtenAt ?? 0;
