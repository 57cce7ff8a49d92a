/**
 * The dates of all factors, kept in the store as ONE document, so that a change counts on the next request on every node and changes of two factors
 * cannot cross. The configuration gives only the first value of each: what a command set later is not overwritten by it.
 */
import type { Clock } from '../time/clock.ts';
import type { Collection, CollectionSpec, Storage, Stored } from '../adapters/storage/port.ts';
import { newPendingId } from '../accounts/person-store.ts';
import type { AuditEvent } from '../accounts/person.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import type { Schedule } from '../factors/policy/types.ts';

/** An audit line that the last changes still owe. */
export interface PendingLine {
  readonly id: string;
  readonly event: AuditEvent;
}

interface Book {
  /** Counts the changes. */
  readonly revision: number;
  readonly schedules: Schedules;
  readonly pending: readonly PendingLine[];
}

export interface ScheduleStore {
  /** As they stand now, whoever changed them; frozen. Kept in memory while the store can tell that nobody else wrote, else for a second at most. */
  current(): Promise<Schedules>;
  /** What the store holds at this moment, without what the configuration is about to add; writes nothing. */
  held(): Promise<Schedules>;
  /**
   * Replaces the schedules by what `change` makes of them, and owes an audit line for every factor that differs. `change` is tried again when the
   * race is lost, so it must decide from its argument alone; `undefined` leaves all as it is. The schedules afterwards.
   * @param by who does it, for the audit (`cli:<user>`)
   * @param facts what the audit says besides: what was accepted, and why
   */
  change(
    by: string,
    change: (schedules: Schedules) => Schedules | undefined,
    facts?: Readonly<Record<string, unknown>>,
  ): Promise<Schedules>;
  /** Hands over what is owed and strikes it off; after a crash in between the same lines come again under the same ids. */
  carryOver(append: (lines: readonly PendingLine[]) => Promise<void>): Promise<void>;
  /** Called after every change that owes something. */
  onPending(listener: () => void): void;
}

const id = 'current';
const trustedMs = 1000;

/** By two clocks: one may be set while the other runs on. */
interface Moment {
  readonly at: number;
  readonly since: number;
}

export const scheduleBooks: CollectionSpec<Book> = { name: 'schedules' };

export function createSchedules({
  storage,
  clock,
  initial,
  steadily = () => performance.now(),
}: {
  readonly storage: Storage;
  readonly clock: Clock;
  /** ms of a clock that is never set, for how long what was read is trusted. */
  readonly steadily?: () => number;
  readonly initial: Schedules;
}): ScheduleStore {
  const books: Collection<Book> = storage.collection(scheduleBooks);
  const listeners: (() => void)[] = [];
  let kept: ({ readonly book: Book; readonly mark: number | undefined } & Moment) | undefined;
  const moment = (): Moment => ({ at: clock.now(), since: steadily() });
  const isTrusted = ({ at, since }: Moment) => Math.abs(clock.now() - at) < trustedMs && steadily() - since < trustedMs;

  const mark = () => storage.foreignWrites?.();
  const keep = (book: Book, seen: number | undefined, when: Moment): Book => {
    const schedules = deepFreeze(book.schedules);
    // A read that began before our own last change may end after it: it must not stay in its place.
    const older = kept !== undefined && book.revision < kept.book.revision && seen === kept.mark;
    if (older && (seen !== undefined || (kept && isTrusted(kept)))) return { ...book, schedules };
    kept = { book: { ...book, schedules }, mark: seen, ...when };
    return kept.book;
  };

  const read = async (): Promise<Stored<Book>> => {
    for (;;) {
      const stored = await books.get(id);
      const present = stored?.value ?? { revision: 0, schedules: {}, pending: [] };
      const absent = Object.values(initial).filter(({ factor }) => !Object.hasOwn(present.schedules, factor));
      if (stored && absent.length === 0) return stored;
      const book = changed(
        present,
        { ...present.schedules, ...Object.fromEntries(absent.map((schedule) => [schedule.factor, schedule])) },
        'configuration',
        clock.now(),
      );
      const version = stored ? await books.replace(id, book, stored.version) : await books.insert(id, book);
      if (version === undefined) continue;
      tell(book);
      return { id, value: book, version };
    }
  };
  const tell = (book: Book): void => {
    if (book.pending.length > 0) for (const listener of listeners) listener();
  };

  /** Writes what `make` gives of the freshest book; the book afterwards. */
  const write = async (make: (book: Book) => Book | undefined): Promise<Book> => {
    for (;;) {
      const seen = mark();
      const when = moment();
      const { value, version } = await read();
      const next = make(value);
      if (!next) return keep(value, seen, when);
      const written = await books.replace(id, next, version);
      if (written !== undefined) return keep(next, seen, when);
    }
  };

  return {
    async current() {
      const seen = mark();
      const when = moment();
      if (kept && (seen === undefined ? isTrusted(kept) : seen === kept.mark)) return kept.book.schedules;
      const { value } = await read();
      return keep(value, seen, when).schedules;
    },
    held: async () => (await books.get(id))?.value.schedules ?? {},
    async change(by, change, facts) {
      const book = await write((present) => {
        const next = change(present.schedules);
        return next && changed(present, next, by, clock.now(), facts);
      });
      tell(book);
      return book.schedules;
    },
    async carryOver(append) {
      const { value } = await read();
      if (value.pending.length === 0) return;
      await append(value.pending);
      const done = new Set(value.pending.map((line) => line.id));
      await write((present) => {
        const pending = present.pending.filter((line) => !done.has(line.id));
        return pending.length === present.pending.length ? undefined : { ...present, pending };
      });
    },
    onPending: (listener) => {
      listeners.push(listener);
    },
  };
}

/** The book with other schedules, owing a line for each that differs. */
function changed(
  book: Book,
  schedules: Schedules,
  by: string,
  now: number,
  besides: Readonly<Record<string, unknown>> = {},
): Book {
  const factors = [...new Set([...Object.keys(book.schedules), ...Object.keys(schedules)])];
  const lines = factors.flatMap((factor): PendingLine[] => {
    const before: Schedule | undefined = book.schedules[factor];
    const after: Schedule | undefined = schedules[factor];
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    const facts = { ...besides, before: before ?? null, after: after ?? null };
    return [{ id: newPendingId(), event: { at: now, actor: by, action: 'schedule.changed', factor, facts } }];
  });
  return { revision: book.revision + 1, schedules, pending: [...book.pending, ...lines] };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
