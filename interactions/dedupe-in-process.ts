/**
 * A form that arrives while the very same one from the same browser is being answered, as a double click sends it, gets that answer: its work is done
 * once. What arrives later is a new try. In one process only; between nodes see `dedupe-across-nodes.ts`. An answer that loses the race over the
 * sign-in's record is led to where the sign-in stands (docs/decisions/2026-11-29-three-guards-against-a-double-click.md).
 */
import type { RouterContext } from '@koa/router';
import type { Form } from './step-handler.ts';

export interface OneAnswer {
  /**
   * @param judge where the browser goes next; `undefined` when it has answered by itself, which another request cannot share
   */
  (ctx: RouterContext, form: Form | undefined, judge: () => Promise<string | undefined>): Promise<string | undefined>;
}

export function createDedupeInProcess(): OneAnswer {
  const underWay = new Map<string, Promise<string | undefined>>();
  return async (ctx, form, judge) => {
    const key = JSON.stringify([ctx.path, ctx.get('Cookie'), form ?? null]);
    const first = underWay.get(key);
    const shared = first && (await first);
    if (shared !== undefined) return shared;
    const judging = judge();
    underWay.set(key, judging);
    try {
      return await judging;
    } finally {
      if (underWay.get(key) === judging) underWay.delete(key);
    }
  };
}
