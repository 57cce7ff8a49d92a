/**
 * Tells the client how an action ended: `rekey_action_status` beside the code, or beside the error. The engine has no
 * way to add to the answer of an error, so both are completed here, on their way out. An answer by `form_post` is
 * completed where its page is drawn (`form-post-page.ts`).
 */
import type { Context, Middleware, Next } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { actionStatusOf, statusParameter, type ActionStatus } from './asked-action.ts';

export function createActionStatus(): Middleware {
  return async (ctx: Context, next: Next) => {
    await next();
    const location = String(ctx.res.getHeader('Location') ?? '');
    const status = statusFor(ctx, location);
    if (status !== undefined) ctx.set('Location', withStatus(location, status));
  };
}

/** What the client is told that gets its answer at this address; `undefined`: it is no answer to an action. */
export function statusFor(ctx: Context, address: string): ActionStatus | undefined {
  const { oidc } = ctx as Partial<Pick<KoaContextWithOIDC, 'oidc'>>;
  const sent = oidc?.params?.['redirect_uri'];
  // On an error page it may be no address at all.
  const to = typeof sent === 'string' ? URL.parse(sent) : null;
  if (!to || !address.startsWith(to.href)) return undefined;
  return actionStatusOf(oidc?.entities.Interaction?.result);
}

/** In the query, or in the fragment where the answer stands there (`response_mode=fragment`). */
function withStatus(location: string, status: ActionStatus): string {
  const url = new URL(location);
  if (url.hash === '') url.searchParams.set(statusParameter, status);
  else url.hash = `${url.hash.slice(1)}&${statusParameter}=${status}`;
  return url.href;
}
