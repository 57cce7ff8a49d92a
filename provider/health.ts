/** Liveness says that the process answers; readiness that it can sign people in, and whether its clock differs from the others’. */
import type { Middleware } from 'koa';
import type { Storage } from '../adapters/storage/port.ts';

const patienceMs = 2_000;
const [live, ready] = ['/health/live', '/health/ready'];
/** Asked by balancers and supervisors, which know a node by its own address. */
export const healthPaths: ReadonlySet<string> = new Set([live, ready]);

/** @param clockDifference ms by which the clock of this process is ahead; 0 when it is right */
export function createHealth(storage: Storage, clockDifference: () => number = () => 0): Middleware {
  return async (ctx, next) => {
    if (ctx.path === live) {
      ctx.body = { status: 'live' };
      return;
    }
    if (ctx.path !== ready) {
      await next();
      return;
    }
    const answered = await answersInTime(storage);
    ctx.status = answered ? 200 : 503;
    const ahead = Math.round(clockDifference() / 1000);
    ctx.body = {
      status: answered ? 'ready' : 'store-unavailable',
      ...(ahead === 0 ? {} : { clockAheadSeconds: ahead }),
    };
  };
}

async function answersInTime(storage: Storage): Promise<boolean> {
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
