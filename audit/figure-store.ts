/**
 * Where daily figures stand: a document for each factor and day, and one that says how far the log was read. A day's
 * document says itself up to which segment it was counted, so that a segment that is read twice (after a crash, or by
 * two processes) is counted once. `fold-figures.ts` writes it.
 */
import { allDocuments, allPages } from '../adapters/storage/all-pages.ts';
import type { Collection, CollectionSpec, Storage, Version } from '../adapters/storage/port.ts';
import type { FactorId } from '../factors/contract.ts';
import { addDays, type Day } from '../time/calendar.ts';
import { addedTo, type FigureRow, type Happened } from './figures.ts';

export interface DayFigures {
  readonly factor: FactorId;
  readonly day: Day;
  /** Number of the last segment of the log that was looked at for it. */
  readonly upTo: number;
  readonly rows: readonly FigureRow[];
}

/** All segments up to this one are counted. */
export interface FigureMark {
  readonly segment: number;
  /** Of the last line in it. */
  readonly hash: string;
  /** In which the days are meant. */
  readonly zone: string;
}

export const figureDays: CollectionSpec<DayFigures> = { name: 'figure-days' };
export const figureMarks: CollectionSpec<FigureMark> = { name: 'figure-marks' };

const markId = 'log';
const pageSize = 200;

export interface FigureStore {
  readonly days: Collection<DayFigures>;
  mark(): Promise<{ readonly value: FigureMark; readonly version: Version } | undefined>;
  /** The new version; `undefined`: another process was quicker. */
  setMark(next: FigureMark, before: Version | undefined): Promise<Version | undefined>;
  /** Adds what was not counted yet. @param upTo all segments up to this one were looked at */
  add(happened: readonly Happened[], upTo: number): Promise<void>;
  /** In order of the days. */
  daysOf(factor: FactorId, from: Day | undefined, to: Day): Promise<readonly DayFigures[]>;
  all(): Promise<readonly DayFigures[]>;
}

export const dayId = ({ factor, day }: Pick<DayFigures, 'factor' | 'day'>): string => `${factor} ${day}`;

/** What is new of it to this document. */
export const withNew = (figures: DayFigures, happened: readonly Happened[], upTo: number): DayFigures =>
  figures.upTo >= upTo
    ? figures
    : {
        ...figures,
        upTo,
        rows: addedTo(
          figures.rows,
          happened.filter(({ segment }) => segment > figures.upTo),
        ),
      };

export const noFigures = ({ factor, day }: Pick<DayFigures, 'factor' | 'day'>): DayFigures => ({
  factor,
  day,
  upTo: 0,
  rows: [],
});

export const byDay = (happened: readonly Happened[]): ReadonlyMap<string, readonly Happened[]> =>
  Map.groupBy(happened, dayId);

export function createFigureStore(storage: Pick<Storage, 'collection'>): FigureStore {
  const days = storage.collection(figureDays);
  const marks = storage.collection(figureMarks);
  return {
    days,
    mark: () => marks.get(markId),
    setMark: (next, before) =>
      before === undefined ? marks.insert(markId, next) : marks.replace(markId, next, before),
    async add(happened, upTo) {
      for (const own of byDay(happened).values()) await addDay(days, own, upTo);
    },
    async daysOf(factor, from, to) {
      const found: DayFigures[] = [];
      const after = from === undefined ? `${factor} ` : dayId({ factor, day: addDays(from, -1) });
      for await (const items of allPages(days, pageSize, after))
        for (const { value } of items) {
          if (value.factor !== factor || value.day > to) return found;
          found.push(value);
        }
      return found;
    },
    async all() {
      const found: DayFigures[] = [];
      for await (const { value } of allDocuments(days, pageSize)) found.push(value);
      return found;
    },
  };
}

async function addDay(days: Collection<DayFigures>, happened: readonly Happened[], upTo: number): Promise<void> {
  const [first] = happened;
  if (!first) return;
  const id = dayId(first);
  for (;;) {
    const stored = await days.get(id);
    const next = withNew(stored?.value ?? noFigures(first), happened, upTo);
    if (stored && next === stored.value) return;
    const written = stored ? await days.replace(id, next, stored.version) : await days.insert(id, next);
    if (written !== undefined) return;
  }
}
