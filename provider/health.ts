/** Liveness: the process answers. Readiness: it can sign people in; also whether its clock differs from the others’. */
import type { Middleware } from 'koa';
import type { Storage } from '../adapters/storage/port.ts';
import { isStoreGone } from './error-page.ts';

const patienceMs = 2_000;
const [live, ready] = ['/health/live', '/health/ready'];
/** For balancers and supervisors, which reach a node by its own address. */
export const healthPaths: ReadonlySet<string> = new Set([live, ready]);

/** How long (ms) a good answer of the store is cached. */
const standsMs = 1_000;
/** How long (ms) a heartbeat proves that the store takes writes: there is one every five seconds. */
const provesMs = 10_000;

/** The heartbeat that the node writes anyway. */
export interface WriteProof {
  /** ms of the clock `now`: when the last heartbeat was written; `undefined` if the last try failed. */
  wroteAt(): number | undefined;
  /** Whether the store has it, by a read. Rejects if the store does not answer. */
  isThere(): Promise<boolean>;
}

/**
 * While the node's heartbeats show that the store takes writes, readiness reads and does not write; otherwise it
 * writes, at most once in a second.
 * @param clockDifference ms by which the clock of this process is ahead; 0 when it is right
 * @param now ms, of a clock that is never set
 */
export function createHealth({
  store,
  proof,
  clockDifference,
  now = () => performance.now(),
}: {
  readonly store: Pick<Storage, 'ping'>;
  readonly proof: WriteProof;
  readonly clockDifference: () => number;
  readonly now?: () => number;
}): Middleware {
  let goodAt: number | undefined;
  let doubtedAt = -Infinity;
  let asking: Promise<boolean> | undefined;
  /** A request found the store unavailable: earlier heartbeats prove nothing any more. */
  const doubt = (): void => {
    goodAt = undefined;
    doubtedAt = now();
  };
  const isProven = (): boolean => {
    const at = proof.wroteAt();
    return at !== undefined && at > doubtedAt && now() - at < provesMs;
  };
  const ask = async (): Promise<void> => {
    if (!isProven() || !(await proof.isThere())) await store.ping();
  };
  const isReady = (): Promise<boolean> => {
    if (goodAt !== undefined && now() - goodAt < standsMs) return Promise.resolve(true);
    const asked = doubtedAt;
    asking ??= answersInTime(ask())
      .then((answered) => {
        goodAt = answered && asked === doubtedAt ? now() : undefined;
        return answered;
      })
      .finally(() => (asking = undefined));
    return asking;
  };
  return async (ctx, next) => {
    if (ctx.path === live) {
      ctx.body = { status: 'live' };
      return;
    }
    if (ctx.path !== ready) {
      try {
        await next();
      } catch (error) {
        if (isStoreGone(error)) doubt();
        throw error;
      }
      if (ctx.status === 503) doubt();
      return;
    }
    const answered = await isReady();
    ctx.status = answered ? 200 : 503;
    ctx.body = readiness(answered, clockDifference());
  };
}

function readiness(answered: boolean, clockDifference: number): object {
  const ahead = Math.round(clockDifference / 1000);
  return {
    status: answered ? 'ready' : 'store-unavailable',
    ...(ahead === 0 ? {} : { clockAheadSeconds: ahead }),
  };
}

async function answersInTime(asked: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs);
  });
  const answered = asked.then(
    () => true,
    () => false,
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}
