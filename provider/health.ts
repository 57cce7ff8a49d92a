/** Liveness says that the process answers; readiness that it can sign people in, and whether its clock differs from the others’. */
import type { Middleware } from 'koa';
import type { Storage } from '../adapters/storage/port.ts';
import { isStoreGone } from './error-page.ts';

const patienceMs = 2_000;
const [live, ready] = ['/health/live', '/health/ready'];
/** Asked by balancers and supervisors, which know a node by its own address. */
export const healthPaths: ReadonlySet<string> = new Set([live, ready]);

/** How long (ms) a good answer of the store stands, however often it is asked. */
const standsMs = 1_000;
/** How long (ms) what the node wrote shows that writes are taken: it writes every five seconds. */
const provesMs = 10_000;

/** What the node writes anyway, from time to time. */
export interface WriteProof {
  /** ms of the clock `now`: when it was last written; `undefined` when the last try was not. */
  wroteAt(): number | undefined;
  /** Whether that stands in the store, by a read. Rejects when the store does not answer. */
  isThere(): Promise<boolean>;
}

/**
 * While the node's own writes show that the store takes them, readiness reads and does not write; else it writes once in a second at most.
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
  /** A request found the store gone: what was written before shows nothing any more. */
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
    const ahead = Math.round(clockDifference() / 1000);
    ctx.body = {
      status: answered ? 'ready' : 'store-unavailable',
      ...(ahead === 0 ? {} : { clockAheadSeconds: ahead }),
    };
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
