/** The page at the provider's own address, outside any sign-in. */
import type { Middleware } from 'koa';
import type { Frame } from './page-layout.ts';

export function createFrontPage(frame: Frame): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/' || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) {
      await next();
      return;
    }
    ctx.status = 200;
    frame.draw(ctx, 'front', { ...frame.shell(ctx), step: 'front', action: '' });
  };
}
