/**
 * Computes the daily figures anew from the log, says which days differed, and corrects them, while the leader may go on
 * counting. Days of which lines may have been dropped by age stay as they are. `fold-figures.ts` calls it.
 */
import { addDays, dayOf, type Day } from '../time/calendar.ts';
import type { FactorId } from '../factors/contract.ts';
import { byDay, dayId, noFigures, withNew, type DayFigures, type FigureStore } from './figure-store.ts';
import type { Happened, Slice } from './figures.ts';
import { noHead, type Head } from './hash-chain.ts';

export interface Rebuilt {
  /** Lines of the log that were read. */
  readonly lines: number;
  /** Days of factors that were compared. */
  readonly compared: number;
  readonly differed: readonly { readonly factor: FactorId; readonly day: Day }[];
  /** First day that the log still tells whole; `null`: all. */
  readonly from: Day | null;
}

export interface RebuildParts {
  readonly store: FigureStore;
  readonly zone: string;
  /** The figures that stand there are of another log or in another zone: nothing in them is believed. */
  readonly isForeign: boolean;
  readonly slices: (after: number) => AsyncGenerator<Slice, void>;
}

interface Computed {
  readonly figures: Map<string, DayFigures>;
  /** What the log says behind the mark: the leader may not have counted it yet. */
  readonly later: Happened[];
  end: Head;
  lines: number;
  /** When the first line that is kept was written (ms), where lines before it were dropped. */
  keptFrom: number | undefined;
}

export async function rebuildFigures(parts: RebuildParts): Promise<Rebuilt> {
  const { store, zone, isForeign } = parts;
  const mark = await store.mark();
  const marked = isForeign ? Number.POSITIVE_INFINITY : (mark?.value.segment ?? 0);
  const computed: Computed = { figures: new Map(), later: [], end: noHead, lines: 0, keptFrom: undefined };
  const readOn = () => read(parts, computed, marked);
  await readOn();
  const from = computed.keptFrom === undefined ? null : dayBehind(computed.keptFrom, zone);
  const stored = new Map((await store.all()).map((figures) => [dayId(figures), figures]));
  const ids = [...new Set([...stored.keys(), ...computed.figures.keys()])].toSorted();
  const differed: DayFigures[] = [];
  let compared = 0;
  for (const id of ids) {
    const about = computed.figures.get(id) ?? stored.get(id);
    if (!about || (from !== null && about.day < from)) continue;
    compared += 1;
    if (await settle(parts, computed, about, readOn)) differed.push(about);
  }
  const { segment, hash } = computed.end;
  if (isForeign && segment > 0) await store.setMark({ segment, hash, zone }, mark?.version);
  return { lines: computed.lines, compared, from, differed: differed.map(({ factor, day }) => ({ factor, day })) };
}

/** Reads the log to its end, from where it was read to. */
async function read({ slices }: RebuildParts, computed: Computed, marked: number): Promise<void> {
  const { figures, later } = computed;
  for await (const { happened, end, lines, begins } of slices(computed.end.segment)) {
    if (computed.lines === 0 && end.seq > lines) computed.keptFrom = begins;
    for (const [id, own] of byDay(happened))
      figures.set(id, withNew(figures.get(id) ?? noFigures(own[0] as Happened), own, end.segment));
    later.push(...happened.filter(({ segment }) => segment > marked));
    computed.end = end;
    computed.lines += lines;
  }
}

/** Whether the day that is stored differed; it is corrected then. */
async function settle(
  { store: { days }, isForeign }: RebuildParts,
  computed: Computed,
  about: DayFigures,
  readOn: () => Promise<void>,
): Promise<boolean> {
  const id = dayId(about);
  for (;;) {
    const stored = await days.get(id);
    // The leader was quicker than we: what it has counted since is in the log.
    if (stored && stored.value.upTo > computed.end.segment) await readOn();
    const upTo = computed.end.segment;
    const isOurs = !isForeign && (stored?.value.upTo ?? 0) <= upTo;
    const rows = computed.figures.get(id)?.rows ?? [];
    const before = stored?.value ?? noFigures(about);
    const uncounted = computed.later.filter((one) => dayId(one) === id);
    const standing = (isOurs ? withNew(before, uncounted, upTo) : before).rows;
    if (isOurs && isSame(standing, rows)) return false;
    const next = { ...noFigures(about), upTo, rows };
    const written = stored ? await days.replace(id, next, stored.version) : await days.insert(id, next);
    if (written !== undefined) return !isSame(standing, rows);
  }
}

const isSame = (one: DayFigures['rows'], other: DayFigures['rows']): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** The lines of that very day may be gone in part. */
const dayBehind = (instant: number, zone: string): Day => addDays(dayOf(instant, zone), 1);
