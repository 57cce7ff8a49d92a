/**
 * Where a browser goes after a sign-out: our page links to the client, in the language of the sign-out, which the engine
 * no longer knows there; and after *no* it goes to a page that says so, whatever address the client had given.
 */
import type { Context, Middleware, Next } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Pages } from './pages.ts';
import { isKept, signOutAskedBy } from './sign-out-at-once.ts';

/** @param path of the sign-out endpoint */
export function createAfterSignOut(path: string, pages: Pick<Pages, 'stillSignedIn'>): Middleware {
  const kept = `${path}/kept`;
  return async (ctx: Context, next: Next) => {
    if (ctx.path === kept && ctx.method === 'GET') {
      const client = ctx.query['client_id'];
      ctx.status = 200;
      await pages.stillSignedIn(ctx, typeof client === 'string' ? client : undefined);
      return;
    }
    await next();
    const { oidc } = ctx as Partial<KoaContextWithOIDC>;
    if (!oidc || (ctx.path !== path && ctx.path !== `${path}/confirm`) || ctx.status !== 303) return;
    const answered = ctx as KoaContextWithOIDC;
    const success = oidc.urlFor('end_session_success');
    const isOurs = String(ctx.res.getHeader('Location')).split('?')[0] === success;
    if (!isOurs && !isKept(answered)) return;
    const client = signOutAskedBy(answered);
    const known = new URLSearchParams({
      ...(client === undefined ? {} : { client_id: client }),
      ...(typeof ctx.query['ui_locales'] === 'string' ? { ui_locales: ctx.query['ui_locales'] } : {}),
    });
    const to = isKept(answered) ? kept : success;
    ctx.redirect(known.size > 0 ? `${to}?${known.toString()}` : to);
  };
}
