/**
 * A path of ours has one spelling: limits and guards that stand before the engine compare paths letter by letter, and
 * the engine itself would also answer `/Device` and `/device/`. Another spelling is not found. `create-engine.ts` puts
 * it before everything that looks at a path.
 */
import type { Middleware } from 'koa';
import { isOtherSpelling } from './methods.ts';

export const createOneSpelling = (): Middleware => (ctx, next) =>
  isOtherSpelling(ctx.path) ? Promise.resolve() : next();
