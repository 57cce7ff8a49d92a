/** The embedded store: the port of storage over one SQLite file, for one machine. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { StorageUnavailable } from '../port.ts';
import type { Storage } from '../port.ts';
import { commitQueue, type CommitQueue } from './commit-queue.ts';
import { declarationOf, embeddedCollection, takeAway } from './embedded-collection.ts';
import type { Ground } from './embedded-collection.ts';
import type { Declaration } from './declare-collections.ts';
import { Handle, type Open } from './handle.ts';
import { inspectFile } from './inspect-file.ts';
import { patiently } from './retry-locked.ts';
import { unavailable } from './unavailable.ts';

export interface EmbeddedOptions {
  /**
   * Path of the file; `-wal` and `-shm` are beside it while it is open. Missing folders (0700) and a missing file
   * (0600) are made.
   */
  readonly file: string;
  /** Decides what has expired. */
  readonly clock: { now(): number };
  readonly log?: Logger;
  /** How long to wait for a lock of another process, in ms (default 5000). */
  readonly patience?: number;
  /** A quota: the largest size of the file without its log; writes beyond it are refused as `full`. */
  readonly maxBytes?: number;
}

const PATIENCE = 5000;
/** Expired documents in one commit. */
const SWEPT_AT_ONCE = 250;

interface Context {
  readonly handle: Handle;
  readonly queue: CommitQueue;
  readonly clock: EmbeddedOptions['clock'];
  readonly patience: number;
  closing: Promise<void> | undefined;
}

/**
 * Opens the store of a single machine: one SQLite file, read and written in this process, shared correctly with other
 * processes of the machine. Rejects with `StorageUnavailable`.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Storage> {
  const { clock, patience = PATIENCE, log, maxBytes } = options;
  const file = resolve(options.file);
  const handle = new Handle({ file, ...(log && { log }), ...(maxBytes !== undefined && { maxBytes }) });
  await patiently(() => handle.create(), patience);
  const queue = commitQueue({ handle, now: () => clock.now(), patience });
  const context: Context = { handle, queue, clock, patience, closing: undefined };
  const ground: Ground = {
    read: (work) => read(context, work),
    write: (job) => (context.closing ? Promise.reject(unavailable('closed')) : queue.write(job)),
    nextVersion: createVersions(),
  };
  const declarations: Declaration[] = [];
  return {
    collection: (spec) => {
      const declaration = declarationOf(spec);
      handle.declare(declaration);
      declarations.push(declaration);
      return embeddedCollection(declaration, ground);
    },
    ping: () => ground.write(({ statements }) => void statements.probe.run()),
    sweep: (limit) => sweep(ground, limit),
    foreignWrites: createForeignWrites(handle),
    inspect: ({ reading, spare = [] }) =>
      ground.read((open) => inspectFile(open, { file, declarations, reading, spare })),
    close: () => (context.closing ??= queue.drained().then(() => handle.close())),
  };
}

async function read<T>(context: Context, work: (open: Open, now: number) => T): Promise<T> {
  const { handle, clock, patience } = context;
  if (context.closing) throw unavailable('closed');
  try {
    return await patiently(() => handle.use((open) => work(open, clock.now())), patience);
  } catch (error) {
    handle.report(error);
    throw error;
  }
}

function createVersions(): Ground['nextVersion'] {
  const lineage = randomBytes(9).toString('base64url');
  let written = 0;
  return () => {
    written += 1;
    return `${lineage}.${written.toString(36)}`;
  };
}

async function sweep({ write }: Ground, limit: number): Promise<number> {
  for (let swept = 0; ;) {
    const most = Math.min(SWEPT_AT_ONCE, limit - swept);
    if (most < 1) return swept;
    const gone = await write((open, now) => {
      const rows = open.statements.expired.all(now, most);
      for (const row of rows) takeAway(open, row);
      return rows.length;
    });
    swept += gone;
    if (gone < most) return swept;
  }
}

/** After a failure: a different number at each call, since another process may have written. */
function createForeignWrites(handle: Handle): () => number {
  let failures = 0;
  return () => {
    try {
      return handle.use(({ statements, generation }) => {
        const row = statements.dataVersion.get();
        return generation * 2 ** 32 + (row?.data_version ?? 0);
      });
    } catch (error) {
      if (!(error instanceof StorageUnavailable) || error.reason === 'closed') throw error;
      failures -= 1;
      return failures;
    }
  };
}
