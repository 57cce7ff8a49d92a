/**
 * Answers a double click once: a form that arrives while the same form from the same browser is being answered gets
 * that answer. A form that arrives later is a new try. Works in one process; between nodes see
 * `dedupe-across-nodes.ts`. If an answer loses the race for the sign-in state, the browser goes to the step that the
 * sign-in has reached (docs/decisions/2026-11-29-three-guards-against-a-double-click.md).
 */
import type { RouterContext } from '@koa/router';
import type { Form } from './step-handler.ts';

export interface OneAnswer {
  /**
   * @param judge returns where the browser goes next; `undefined` when it has answered itself, which another request
   * cannot share
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
