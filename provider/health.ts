/** Liveness says that the process answers; readiness that it can sign people in, and whether its clock differs from the others’. */
import type { Middleware } from 'koa';
import type { Storage } from '../adapters/storage/port.ts';

const patienceMs = 2_000;
const [live, ready] = ['/health/live', '/health/ready'];
/** Asked by balancers and supervisors, which know a node by its own address. */
export const healthPaths: ReadonlySet<string> = new Set([live, ready]);

/** How long (ms) a good answer of the store stands: however often it is asked, it is one write in a second. */
const standsMs = 1_000;

/**
 * @param clockDifference ms by which the clock of this process is ahead; 0 when it is right
 * @param now ms, of a clock that is never set
 */
export function createHealth(
  storage: Pick<Storage, 'ping'>,
  clockDifference: () => number = () => 0,
  now: () => number = () => performance.now(),
): Middleware {
  let goodAt: number | undefined;
  let asking: Promise<boolean> | undefined;
  const isReady = (): Promise<boolean> => {
    if (goodAt !== undefined && now() - goodAt < standsMs) return Promise.resolve(true);
    asking ??= answersInTime(storage)
      .then((answered) => {
        goodAt = answered ? now() : undefined;
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
      await next();
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

async function answersInTime(storage: Pick<Storage, 'ping'>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs);
  });
  const answered = storage.ping().then(
    () => true,
    () => false,
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}
