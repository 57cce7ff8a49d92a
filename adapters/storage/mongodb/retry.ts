/** Repeats a call to MongoDB after a fault that may be over; finds out whether a write without an answer was done. */
import type { Logger } from 'pino';
import { StorageUnavailable } from '../port.ts';
import { before, pauseBefore, timeLimit } from './time-limit.ts';
import type { TimeLimit } from './time-limit.ts';
import { judge, OutOfTime, unavailable } from './unavailable.ts';

/**
 * Calls the database: within the time limit, again where that may help, and logs once when the database is in trouble.
 */
export interface Patience {
  readonly within: TimeLimit['within'];
  /**
   * For commands that may be done twice: tries until there is an answer or the time is up. Rejects with
   * `StorageUnavailable`.
   */
  readonly ask: <R>(work: () => Promise<R>) => Promise<R>;
  /** For a write: after a lost answer `settle` finds out whether it was done. Rejects with `StorageUnavailable`. */
  readonly settled: <R>(steps: WriteSteps<R>) => Promise<R>;
}

/** The steps of a write whose answer may be lost. */
export interface WriteSteps<R> {
  /** One attempt. @param isDoubtful whether an earlier attempt may have been done */
  readonly write: (isDoubtful: boolean) => Promise<Answer<R> | 'look'>;
  /** The present state: the answer, or whether to write again. `unknown`: nobody can say. */
  readonly look: () => Promise<Answer<R> | 'again' | 'unknown'>;
}

export interface Answer<R> {
  readonly is: R;
}

/** Share of the time for one attempt to write, so that time is left to find out its result. */
export const shareOfAttempt = 0.6;

interface Context {
  readonly time: TimeLimit;
  readonly isClosed: () => boolean;
  readonly log: Logger | undefined;
  /** Whether the log already says that the database is in trouble. */
  isTroubled: boolean;
}

export function createPatience({
  milliseconds,
  isClosed,
  log,
}: {
  /** For one call. */
  readonly milliseconds: number;
  readonly isClosed: () => boolean;
  readonly log?: Logger | undefined;
}): Patience {
  const context: Context = { time: timeLimit(milliseconds), isClosed, log, isTroubled: false };
  return {
    within: context.time.within,
    ask: (work) => ask(context, work),
    settled: (steps) => settled(context, steps),
  };
}

function fine<R>(context: Context, result: R): R {
  if (context.isTroubled) context.log?.info('storage available again');
  context.isTroubled = false;
  return result;
}

/** Converts the error for the callers. */
function refused(context: Context, error: unknown): unknown {
  const judgement = judge(error);
  const seen =
    error instanceof StorageUnavailable || !judgement
      ? error
      : unavailable(context.isClosed() ? 'closed' : judgement.reason, error, judgement.sentence);
  if (seen instanceof StorageUnavailable && !['closed', 'corrupt'].includes(seen.reason) && !context.isTroubled) {
    context.isTroubled = true;
    context.log?.error({ reason: seen.reason }, 'storage unavailable');
  }
  return seen;
}

function assertOpen({ isClosed }: Context): void {
  if (isClosed()) throw unavailable('closed');
}

async function ask<R>(context: Context, work: () => Promise<R>): Promise<R> {
  const until = context.time.end();
  let last: unknown;
  for (let attempt = 0; ; attempt += 1) {
    assertOpen(context);
    try {
      return fine(context, await before(until, work));
    } catch (error) {
      // The end of the time says less than the error before it.
      if (!(error instanceof OutOfTime && last !== undefined)) last = error;
      if (judge(error)?.isPassing !== true || context.isClosed() || performance.now() >= until)
        throw refused(context, last);
    }
    await pauseBefore(attempt);
  }
}

async function settled<R>(context: Context, { write, look }: WriteSteps<R>): Promise<R> {
  const { isClosed } = context;
  const until = context.time.end();
  let isDoubtful = false;
  let last: unknown;
  for (let attempt = 0; ; attempt += 1) {
    assertOpen(context);
    try {
      const share = isDoubtful ? 1 : shareOfAttempt;
      const now = performance.now();
      const doubtful = isDoubtful;
      const answer = await before(now + (until - now) * share, () => write(doubtful));
      if (answer !== 'look') return fine(context, answer.is);
    } catch (error) {
      const judgement = judge(error);
      if (!(error instanceof OutOfTime && last !== undefined)) last = error;
      if (judgement?.isPassing !== true)
        throw refused(context, isDoubtful ? unavailable('outcome-unknown', error) : error);
      isDoubtful ||= !judgement.isUndone;
      if (performance.now() >= until || isClosed())
        throw refused(context, isDoubtful ? unavailable('outcome-unknown', last) : last);
      await pauseBefore(attempt);
      if (!isDoubtful) continue;
    }
    const seen = await looked(look, until, isClosed).catch((error: unknown) => {
      throw refused(context, isDoubtful && judge(error) ? unavailable('outcome-unknown', error) : error);
    });
    if (seen === 'unknown') throw refused(context, unavailable('outcome-unknown', last));
    if (seen !== 'again') return fine(context, seen.is);
    if (performance.now() >= until)
      throw refused(context, unavailable(isDoubtful ? 'outcome-unknown' : 'unreachable', last));
  }
}

async function looked<R>(
  look: WriteSteps<R>['look'],
  until: number,
  isClosed: () => boolean,
): Promise<Answer<R> | 'again' | 'unknown'> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await before(until, look);
    } catch (error) {
      if (judge(error)?.isPassing !== true) throw error;
      if (performance.now() >= until || isClosed()) return 'unknown';
    }
    await pauseBefore(attempt);
  }
}
