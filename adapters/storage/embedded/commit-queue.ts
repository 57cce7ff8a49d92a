/** Group commit of the embedded store: writes of one turn of the event loop share a transaction. */
import { setImmediate } from 'node:timers';
import type { Handle as WholeHandle, Open } from './handle.ts';
import { patiently } from './retry-locked.ts';
import { sqliteCode, unavailable } from './unavailable.ts';

/** One caller's writes, in a transaction shared with others. It may run more than once; the last run counts. */
export type Job<T> = (open: Open, now: number) => T;

type Handle = Pick<WholeHandle, 'use' | 'assertInPlace' | 'judge' | 'report'>;

interface Waiting {
  readonly job: Job<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
}

export interface CommitQueue {
  /** Settles after the commit that contains the job. */
  readonly write: <T>(job: Job<T>) => Promise<T>;
  /** Resolves when no job waits any more. */
  readonly drained: () => Promise<void>;
}

/** The most jobs in one commit: enough to share a sync, few enough for the event loop to keep answering. */
const MOST = 128;

/** Group commit: jobs of one turn of the event loop are synced to the disk once, and answered after that. */
export function commitQueue(options: {
  readonly handle: Handle;
  readonly now: () => number;
  /** How long to wait for a lock of another process, in ms. */
  readonly patience: number;
}): CommitQueue {
  const { handle, now, patience } = options;
  let waiting: Waiting[] = [];
  let isScheduled = false;
  let onDrained: (() => void)[] = [];

  const schedule = (): void => {
    isScheduled = true;
    setImmediate(() => void flush());
  };

  const flush = async (): Promise<void> => {
    const batch = waiting.slice(0, MOST);
    waiting = waiting.slice(MOST);
    const jobs = batch.map(({ job }) => job);
    try {
      // Jobs that waited behind others have waited for the lock with them.
      const since = batch[0]?.since;
      const outcomes = await patiently(() => handle.use((open) => commit(handle, open, jobs, now())), patience, since);
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome && 'error' in outcome) handle.report(outcome.error);
        if (outcome && 'error' in outcome) reject(outcome.error);
        else resolve(outcome?.result);
      }
    } catch (error) {
      handle.report(error);
      for (const { reject } of batch) reject(error);
    }
    if (waiting.length > 0) return schedule();
    isScheduled = false;
    for (const drained of onDrained) drained();
    onDrained = [];
  };

  return {
    write: <T>(job: Job<T>) =>
      new Promise<T>((resolve, reject) => {
        waiting.push({ job, resolve: resolve as (result: unknown) => void, reject, since: performance.now() });
        if (!isScheduled) schedule();
      }),
    drained: () =>
      new Promise((resolve) => {
        if (isScheduled) onDrained.push(resolve);
        else resolve();
      }),
  };
}

type Outcome = { readonly result: unknown } | { readonly error: unknown };

/** One transaction for all. If a job throws, the others run again without it. */
function commit(handle: Handle, open: Open, jobs: readonly Job<unknown>[], now: number): Outcome[] {
  handle.assertInPlace(open);
  const refused = new Map<Job<unknown>, Outcome>();
  for (;;) {
    const outcomes = attempt(handle, open, jobs, refused, now);
    if (outcomes) return outcomes;
  }
}

function attempt(
  handle: Handle,
  open: Open,
  jobs: readonly Job<unknown>[],
  refused: Map<Job<unknown>, Outcome>,
  now: number,
): Outcome[] | undefined {
  const outcomes: Outcome[] = [];
  open.statements.begin.run();
  for (const job of jobs) {
    try {
      outcomes.push(refused.get(job) ?? { result: job(open, now) });
    } catch (error) {
      rollBack(open);
      refused.set(job, { error: handle.judge(error) });
      return undefined;
    }
  }
  try {
    open.statements.commit.run();
  } catch (error) {
    rollBack(open);
    throw judgeCommit(error);
  }
  return outcomes;
}

/**
 * After a failed sync the log may contain the whole transaction anyway: nobody can say whether a restart would find it.
 */
function judgeCommit(error: unknown): unknown {
  const code = sqliteCode(error);
  return code !== undefined && (code & 0xff) === 10 ? unavailable('outcome-unknown', error) : error;
}

function rollBack({ connection, statements }: Open): void {
  if (connection.isTransaction) statements.rollback.run();
}
