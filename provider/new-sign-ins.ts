/**
 * How many sign-ins may be begun from one network: each is a document of some kilobytes for an hour, and anybody may begin one. No call to the store:
 * see sign-in-buckets.ts. `create-engine.ts` puts it before the engine; going on with a session that stands begins nothing and is not counted.
 */
import type { Context, Middleware, Next } from 'koa';
import { referenceOf } from './error-page.ts';
import type { Pages } from './pages.ts';
import { createSignInBuckets, type SignInLimits } from './sign-in-buckets.ts';

/** A browser with a session may go on four times as long: most of those begin no sign-in. */
const spareWithSession = 4;

export function createSignInLimit(
  path: string,
  {
    limits,
    clock,
    pages,
    session,
  }: {
    readonly limits: SignInLimits;
    readonly clock: { now(): number };
    readonly pages: Pages;
    /** Name of the session's cookie. */
    readonly session: string;
  },
): Middleware {
  const buckets = createSignInBuckets(limits);
  return async (ctx: Context, next: Next) => {
    if (ctx.path !== path) return next();
    const spare = ctx.cookies.get(session, { signed: false }) === undefined ? 1 : spareWithSession;
    const wait = buckets.wait(ctx.ip, clock.now(), spare);
    if (wait > 0) {
      ctx.status = 429;
      ctx.set('Retry-After', String(wait));
      await pages.error(ctx, {
        status: 429,
        reason: 'sign_ins_paused',
        error: 'temporarily_unavailable',
        reference: referenceOf(ctx),
      });
      return;
    }
    // Counted before it begins, so that many at once are bounded like those one after another.
    buckets.count(ctx.ip, clock.now());
    let begun = false;
    try {
      await next();
      // An answer that leads nowhere has no such header at all.
      const { location } = ctx.response.headers;
      begun = typeof location === 'string' && location.startsWith('/interaction/');
    } finally {
      if (!begun) buckets.uncount(ctx.ip, clock.now());
    }
  };
}
