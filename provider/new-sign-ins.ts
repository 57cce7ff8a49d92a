/**
 * Limits new sign-ins from one network: each is a document of some kilobytes for an hour, and anybody may begin one. No
 * store call: see sign-in-buckets.ts. `create-engine.ts` puts it before the engine; a request that continues a session
 * is not counted.
 */
import type { Context, Middleware, Next } from 'koa';
import { referenceOf } from './error-page.ts';
import type { Pages } from './pages.ts';
import { createSignInBuckets, type SignInLimits } from './sign-in-buckets.ts';

/** A browser with a session may make four times as many requests: most of them begin no sign-in. */
const spareWithSession = 4;

/**
 * @param paths where sign-ins begin, or the engine keeps a session for a browser without one: each such session counts
 * as a sign-in
 */
export function createSignInLimit(
  paths: readonly string[],
  {
    limits,
    clock,
    pages,
    session,
  }: {
    readonly limits: SignInLimits;
    readonly clock: { now(): number };
    readonly pages: Pages;
    /** Name of the session cookie. */
    readonly session: string;
  },
): Middleware {
  const buckets = createSignInBuckets(limits);
  return async (ctx: Context, next: Next) => {
    if (!paths.includes(ctx.path)) return next();
    // Signed: a cookie that we did not give is no session.
    const spare = ctx.cookies.get(session, { signed: true }) === undefined ? 1 : spareWithSession;
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
    // Counted before it begins, so that parallel requests are limited as sequential ones.
    buckets.count(ctx.ip, clock.now());
    let begun = false;
    try {
      await next();
      // An answer without a redirect has no such header.
      const { location } = ctx.response.headers;
      begun = (typeof location === 'string' && location.startsWith('/interaction/')) || givesSession(ctx, session);
    } finally {
      if (!begun) buckets.uncount(ctx.ip, clock.now());
    }
  };
}

/** Whether the answer has a session that the request did not have. */
function givesSession(ctx: Context, session: string): boolean {
  const given = [ctx.response.get('Set-Cookie')]
    .flat()
    .flatMap((cookie) => new RegExp(`^${session}=([^;]+)`).exec(cookie)?.[1] ?? []);
  return given.some((id) => id !== ctx.cookies.get(session, { signed: false }));
}
