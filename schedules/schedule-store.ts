/**
 * The dates of all factors, stored in ONE document, so that a change counts from the next request on every node, and
 * changes of two factors cannot conflict. The configuration gives only the first dates; it does not overwrite what a
 * command sets later.
 */
import type { Clock } from '../time/clock.ts';
import type { Collection, CollectionSpec, Storage, Stored } from '../adapters/storage/port.ts';
import type { FactorId } from '../factors/contract.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import type { MailStates } from './mail-states.ts';
import {
  changed,
  deepFreeze,
  nextOf,
  reachedAt,
  withMailsCancelled,
  withReached,
  type Book,
  type PendingLine,
} from './schedule-book.ts';
import {
  fileStates,
  scheduleStates,
  statesOf,
  type ChangeFacts,
  type ScheduleState,
  type StateNumbers,
} from './schedule-history.ts';

export interface ScheduleStore {
  /**
   * The present dates, also after a change by another process; frozen. Cached as long as the store can tell that no
   * other process wrote, otherwise for at most a second.
   */
  current(): Promise<Schedules>;
  /** The same, read from the store at this moment. */
  fresh(): Promise<Schedules>;
  /** What the store has at this moment, without the dates that the configuration will add; writes nothing. */
  stored(): Promise<Schedules>;
  /**
   * Replaces the schedules by the result of `change`, with a new state and a pending audit event for every factor that
   * differs. `change` is called again after a lost race, so it must decide from its arguments alone; `undefined` leaves
   * everything as it is. Returns the schedules afterwards.
   * @param by the actor, for the audit (`cli:<user>`)
   * @param change gets the stored dates, without the corrections for a clock that is set back, and the numbers of their
   * states
   * @param facts for the history and the audit: what was accepted, and why; with `sendNow`, mails about the change are
   * sent at once, and not after `mailDelay`
   */
  change(
    by: string,
    change: (schedules: Schedules, numbers: StateNumbers) => Schedules | undefined,
    facts?: ChangeFacts,
  ): Promise<Schedules>;
  /** When mails about the dates of each factor may be sent. As fresh as `current`. */
  mails(): Promise<MailStates>;
  /**
   * Cancels the mails that the last change of the factor's dates made due; with a pending audit event. Returns whether
   * there were any.
   */
  cancelMails(by: string, factor: FactorId, facts: Readonly<Record<string, unknown>>): Promise<boolean>;
  /**
   * The states that the dates of a factor have had, the newest (the present one) first; the oldest are not kept
   * (`statesKept`).
   */
  history(factor: FactorId): Promise<readonly ScheduleState[]>;
  /**
   * Delivers the pending audit events and stores the states, and then removes both; after a crash in between, the same
   * come again under the same ids.
   */
  carryOver(append: (lines: readonly PendingLine[]) => Promise<void>): Promise<void>;
  /** Called after every change that leaves a pending audit event. */
  onPending(listener: () => void): void;
  /**
   * Whether this process's clock is right, as far as it can tell: only then does it store that a date has come.
   * Default: never, as for a command, which can compare its clock with no other: a command on a machine whose clock is
   * ahead must not end a factor for good.
   */
  marksWhile(clockIsRight: () => boolean): void;
}

const id = 'current';
const trustedMs = 1000;
const never = () => false;

/** Measured by two clocks, because one may be set while the other runs on. */
interface Moment {
  readonly at: number;
  readonly since: number;
}

export const scheduleBooks: CollectionSpec<Book> = { name: 'schedules' };

interface Kept extends Moment {
  readonly book: Book;
  /** The value of `foreignWrites` when the dates were read. */
  readonly mark: number | undefined;
  /** The first instant (ms) at which another date comes and must be stored. */
  readonly next: number;
}

interface Context {
  readonly storage: Pick<Storage, 'foreignWrites'>;
  readonly books: Collection<Book>;
  readonly filed: Collection<ScheduleState>;
  readonly clock: Clock;
  readonly steadily: () => number;
  readonly initial: Schedules;
  readonly listeners: (() => void)[];
  isRight: () => boolean;
  kept: Kept | undefined;
}

export function createSchedules({
  storage,
  clock,
  initial,
  steadily = () => performance.now(),
}: {
  readonly storage: Storage;
  readonly clock: Clock;
  /** How long (ms of a clock that is never set) a read is trusted. */
  readonly steadily?: () => number;
  readonly initial: Schedules;
}): ScheduleStore {
  const context: Context = {
    storage,
    books: storage.collection(scheduleBooks),
    filed: storage.collection(scheduleStates),
    clock,
    steadily,
    initial,
    listeners: [],
    isRight: never,
    kept: undefined,
  };
  return {
    current: () => current(context),
    fresh: async () => shown(context, await write(context, () => undefined)),
    stored: async () => (await context.books.get(id))?.value.schedules ?? {},
    async change(by, change, facts) {
      const book = await write(context, (present) => {
        const next = change(present.schedules, present.numbers ?? {});
        return next && marked(context, changed(present, next, by, clock.now(), facts));
      });
      tell(context, book);
      return shown(context, book);
    },
    mails: async () => (await trusted(context)).mails ?? {},
    cancelMails: (by, factor, facts) => cancelMails(context, by, factor, facts),
    history: async (factor) => statesOf(context.filed, factor, (await read(context)).value),
    carryOver: (append) => carryOver(context, append),
    onPending: (listener) => {
      context.listeners.push(listener);
    },
    marksWhile: (clockIsRight) => {
      context.isRight = clockIsRight;
    },
  };
}

const marked = ({ isRight, clock }: Context, book: Book): Book =>
  isRight() ? (reachedAt(book, clock.now()) ?? book) : book;

/** The schedules for decisions: also with dates that have come but that this clock does not show yet. */
const shown = ({ clock }: Context, { schedules, reached = {} }: Book): Schedules =>
  Object.values(reached).some((at) => at > clock.now()) ? withReached(schedules, reached) : schedules;

const moment = ({ clock, steadily }: Context): Moment => ({ at: clock.now(), since: steadily() });

const isTrusted = ({ clock, steadily }: Context, { at, since }: Moment): boolean =>
  Math.abs(clock.now() - at) < trustedMs && steadily() - since < trustedMs;

function keep(context: Context, book: Book, seen: number | undefined, when: Moment): Book {
  const { kept } = context;
  const schedules = deepFreeze(book.schedules);
  // A read that began before our own last change may end after it: it must not replace it.
  const older = kept !== undefined && book.revision < kept.book.revision && seen === kept.mark;
  if (older && (seen !== undefined || isTrusted(context, kept))) return { ...book, schedules };
  const next: Kept = { book: { ...book, schedules }, mark: seen, next: nextOf(book), ...when };
  context.kept = next;
  return next.book;
}

async function read(context: Context): Promise<Stored<Book>> {
  const { books, initial, clock } = context;
  for (;;) {
    const stored = await books.get(id);
    const present = stored?.value ?? { revision: 0, schedules: {}, pending: [] };
    const absent = Object.values(initial).filter(({ factor }) => !Object.hasOwn(present.schedules, factor));
    if (stored && absent.length === 0) return stored;
    const first = changed(
      present,
      { ...present.schedules, ...Object.fromEntries(absent.map((schedule) => [schedule.factor, schedule])) },
      'configuration',
      clock.now(),
    );
    const book = marked(context, first);
    const version = stored ? await books.replace(id, book, stored.version) : await books.insert(id, book);
    if (version === undefined) continue;
    tell(context, book);
    return { id, value: book, version };
  }
}

function tell({ listeners }: Context, book: Book): void {
  if (book.pending.length > 0) for (const listener of listeners) listener();
}

/** Writes what `make` returns for the freshest book; returns the book afterwards. */
async function write(context: Context, make: (book: Book) => Book | undefined): Promise<Book> {
  for (;;) {
    const seen = context.storage.foreignWrites?.();
    const when = moment(context);
    const { value, version } = await read(context);
    const next = make(value);
    if (!next) return keep(context, value, seen, when);
    const written = await context.books.replace(id, next, version);
    if (written !== undefined) return keep(context, next, seen, when);
  }
}

async function trusted(context: Context): Promise<Book> {
  const { kept } = context;
  const seen = context.storage.foreignWrites?.();
  const when = moment(context);
  const stands = kept && (seen === undefined ? isTrusted(context, kept) : seen === kept.mark);
  return stands ? kept.book : keep(context, (await read(context)).value, seen, when);
}

async function current(context: Context): Promise<Schedules> {
  const { clock } = context;
  const book = await trusted(context);
  const next = context.kept?.book === book ? context.kept.next : nextOf(book);
  if (clock.now() < next || !context.isRight()) return shown(context, book);
  // The first process that sees that a date has come stores it; if that fails, the next one does.
  return shown(context, await write(context, (present) => reachedAt(present, clock.now())).catch(() => book));
}

async function carryOver(context: Context, append: (lines: readonly PendingLine[]) => Promise<void>): Promise<void> {
  const { pending, unfiled = [] } = (await read(context)).value;
  if (pending.length + unfiled.length === 0) return;
  await append(pending);
  await fileStates(context.filed, unfiled);
  const done = new Set(pending.map((line) => line.id));
  const isFiled = (state: ScheduleState) =>
    unfiled.some(({ factor, number }) => factor === state.factor && number === state.number);
  await write(context, ({ unfiled: states = [], ...present }) => {
    const [lines, left] = [present.pending.filter((line) => !done.has(line.id)), states.filter((one) => !isFiled(one))];
    const isDone = lines.length === present.pending.length && left.length === states.length;
    return isDone ? undefined : { ...present, pending: lines, ...(left.length > 0 && { unfiled: left }) };
  });
}

async function cancelMails(
  context: Context,
  by: string,
  factor: FactorId,
  facts: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const at = context.clock.now();
  let done = false;
  const book = await write(context, (present) => {
    const next = withMailsCancelled(present, { at, actor: by, action: 'mails.cancelled', factor, facts });
    done = next !== undefined;
    return next;
  });
  if (done) tell(context, book);
  return done;
}
