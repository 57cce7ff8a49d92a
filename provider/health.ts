/** Liveness says that the process answers; readiness that it can sign people in. */
import type { Middleware } from 'koa';
import type { Storage } from '../adapters/storage/port.ts';

const patienceMs = 2_000;

export function createHealth(storage: Storage): Middleware {
  return async (ctx, next) => {
    if (ctx.path === '/health/live') {
      ctx.body = { status: 'live' };
      return;
    }
    if (ctx.path !== '/health/ready') {
      await next();
      return;
    }
    const ready = await answersInTime(storage);
    ctx.status = ready ? 200 : 503;
    ctx.body = { status: ready ? 'ready' : 'store-unavailable' };
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
