/**
 * A path of ours has one spelling: limits and guards that stand before the engine compare paths letter by letter, and
 * the engine itself would also answer `/Device` and `/device/`. Another spelling is not found. Only the address that
 * people type from the screen of a device leads to its own spelling. `create-engine.ts` puts this before everything
 * that looks at a path.
 */
import type { Context, Middleware, Next } from 'koa';
import { isOtherSpelling, plainSpelling } from './methods.ts';
import { routes } from './routes.ts';

export const createOneSpelling = (): Middleware => async (ctx: Context, next: Next) => {
  if (!isOtherSpelling(ctx.path)) return next();
  const isTyped = plainSpelling(ctx.path) === routes.code_verification && ctx.method === 'GET';
  if (isTyped) ctx.redirect(routes.code_verification);
};
